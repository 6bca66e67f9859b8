namespace Frugal.Studies.Claims;

/// <summary>A statement about the metrics of a study's arms, e.g. <c>monarch.flops &lt;= 0.55 * dense.flops</c>.</summary>
public sealed class Claim
{
    private readonly Expression left, right;
    private readonly string comparison;

    private Claim(string text, Expression left, string comparison, Expression right)
    {
        Text = text;
        this.left = left;
        this.comparison = comparison;
        this.right = right;
    }

    /// <summary>The statement as written.</summary>
    public string Text { get; }

    /// <summary>The arms and metrics it speaks of.</summary>
    public IEnumerable<(string Arm, string Metric)> References => left.References.Concat(right.References).Distinct();

    /// <summary>Reads a statement.</summary>
    /// <exception cref="FrugalException">It is not one comparison between two expressions; the message says where it stops making sense.</exception>
    public static Claim Parse(string text)
    {
        var parser = new ClaimParser(text);
        var left = parser.ReadSum();
        string comparison = parser.ReadComparison();
        var right = parser.ReadSum();
        parser.ExpectEnd();
        return new Claim(text.Trim(), left, comparison, right);
    }

    /// <summary>Judges the statement on means over seeds.</summary>
    /// <param name="lookUp">The values of a metric over an arm's seeds; empty when the arm failed or the metric was not measured.</param>
    public ClaimVerdict Judge(Func<string, string, IReadOnlyList<double>> lookUp)
    {
        foreach (var (arm, metric) in References)
        {
            if (lookUp(arm, metric).Count == 0)
                return new ClaimVerdict(this, ClaimOutcome.Unknown, null, null, null, $"{arm}.{metric} was not measured");
        }
        double l = left.Evaluate(lookUp), r = right.Evaluate(lookUp);
        bool holds = comparison switch
        {
            "<" => l < r,
            "<=" => l <= r,
            ">" => l > r,
            ">=" => l >= r,
            _ => l == r,
        };
        return new ClaimVerdict(this, holds ? ClaimOutcome.Holds : ClaimOutcome.Fails, l, r, Spread(lookUp), null);
    }

    // The spread of left - right over seeds; undefined when an arm has a single seed or their numbers differ.
    private double? Spread(Func<string, string, IReadOnlyList<double>> lookUp)
    {
        var counts = References.Select(reference => lookUp(reference.Arm, reference.Metric).Count).Distinct().ToList();
        if (counts.Count != 1 || counts[0] < 2)
            return null;
        var gaps = Enumerable.Range(0, counts[0])
            .Select(seed => OfSeed(left, seed) - OfSeed(right, seed))
            .ToList();
        return Statistics.StandardDeviation(gaps);

        double OfSeed(Expression expression, int seed) => expression.Evaluate((arm, metric) => [lookUp(arm, metric)[seed]]);
    }
}
