namespace Frugal.Studies.Claims;

/// <summary>One side of a claim, as a tree.</summary>
internal abstract record Expression
{
    /// <summary>The arms and metrics it speaks of.</summary>
    public abstract IEnumerable<(string Arm, string Metric)> References { get; }

    /// <summary>Its value, given the values of each metric over seeds.</summary>
    public abstract double Evaluate(Func<string, string, IReadOnlyList<double>> lookUp);

    internal sealed record Number(double Value) : Expression
    {
        public override IEnumerable<(string, string)> References => [];

        public override double Evaluate(Func<string, string, IReadOnlyList<double>> lookUp) => Value;
    }

    internal sealed record Mean(string Arm, string Metric) : Expression
    {
        public override IEnumerable<(string, string)> References => [(Arm, Metric)];

        public override double Evaluate(Func<string, string, IReadOnlyList<double>> lookUp) => lookUp(Arm, Metric).Average();
    }

    internal sealed record Deviation(string Arm, string Metric) : Expression
    {
        public override IEnumerable<(string, string)> References => [(Arm, Metric)];

        public override double Evaluate(Func<string, string, IReadOnlyList<double>> lookUp) =>
            Statistics.StandardDeviation(lookUp(Arm, Metric)) ?? 0;
    }

    internal sealed record Operation(string Name, Func<double[], double> Function, Expression[] Operands) : Expression
    {
        public override IEnumerable<(string, string)> References => Operands.SelectMany(operand => operand.References);

        public override double Evaluate(Func<string, string, IReadOnlyList<double>> lookUp) =>
            Function([.. Operands.Select(operand => operand.Evaluate(lookUp))]);
    }
}
