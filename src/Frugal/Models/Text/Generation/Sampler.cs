namespace Frugal.Models.Text;

/// <summary>Chooses tokens from logits: temperature, then the top k, then the top p, then a draw, as the transformers library orders them.</summary>
/// <param name="options">How.</param>
public sealed class Sampler(SamplingOptions options)
{
    private readonly RandomStreams random = new(options.Seed);
    private long drawn;

    /// <summary>The next token.</summary>
    /// <param name="logits">A number for each token of the vocabulary.</param>
    /// <exception cref="FrugalException">A logit is not a number.</exception>
    public long Next(ReadOnlySpan<float> logits)
    {
        foreach (float logit in logits)
        {
            if (float.IsNaN(logit))
                throw new FrugalException("The model's logits are not numbers, so no token can be chosen; its weights are damaged or it overflows.");
        }
        int[] order = [.. Enumerable.Range(0, logits.Length)];
        float[] values = logits.ToArray();
        Array.Sort(order, (a, b) => values[a] != values[b] ? values[b].CompareTo(values[a]) : a.CompareTo(b));
        if (options.Temperature == 0)
            return order[0];
        int count = Math.Min(options.TopK ?? order.Length, order.Length);
        var weights = new double[count];
        for (int i = 0; i < count; i++)
            weights[i] = Math.Exp((values[order[i]] - (double)values[order[0]]) / options.Temperature);
        count = Nucleus(weights);
        double at = random.At("sampler", drawn++).NextDouble() * weights.AsSpan(0, count).ToArray().Sum();
        for (int i = 0; i < count; i++)
        {
            at -= weights[i];
            if (at < 0)
                return order[i];
        }
        return order[count - 1];
    }

    // How many of the likeliest reach the probability asked for; at least one.
    private int Nucleus(double[] weights)
    {
        double rest = options.TopP * weights.Sum();
        int count = 0;
        while (count < weights.Length && rest > 0)
            rest -= weights[count++];
        return Math.Max(1, options.TopP == 1 ? weights.Length : count);
    }
}
