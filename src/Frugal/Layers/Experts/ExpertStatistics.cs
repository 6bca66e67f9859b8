using static TorchSharp.torch;

namespace Frugal.Layers.Experts;

/// <summary>What a mixture of experts was seen to do, over all forward passes since it was observed.</summary>
public sealed class ExpertStatistics
{
    private readonly double[] load;
    private double entropy;
    private long compared, changed;
    private bool[]? previous;

    /// <param name="numExperts">Number of experts.</param>
    public ExpertStatistics(int numExperts) => load = new double[Guard.AtLeast(numExperts, 1)];

    /// <summary>Tokens that passed.</summary>
    public long Tokens { get; private set; }

    /// <summary>Choices that the experts computed.</summary>
    public double Computed => load.Sum();

    /// <summary>Choices that found no room.</summary>
    public double Dropped { get; private set; }

    /// <summary>Choices that each expert computed.</summary>
    public IReadOnlyList<double> Load => load;

    /// <summary>Load of the busiest expert over the mean load: 1 where all have as much, the number of experts where one has all.</summary>
    public double Imbalance => Computed == 0 ? 1 : load.Max() * load.Length / Computed;

    /// <summary>Mean entropy of the gate over the largest there can be: 0 for certain gates, 1 for uniform ones.</summary>
    public double Entropy => Tokens == 0 || load.Length == 1 ? 0 : entropy / Tokens / Math.Log(load.Length);

    /// <summary>Share of the choices that found no room.</summary>
    public double DroppedShare => Dropped + Computed == 0 ? 0 : Dropped / (Dropped + Computed);

    /// <summary>
    /// Share of the tokens whose experts are others than in the layer's use before within the same pass of the model, for a layer that several blocks share; null where none was used twice.
    /// </summary>
    public double? ChangedShare => compared == 0 ? null : (double)changed / compared;

    /// <summary>A new pass of the model begins: uses of the layer from here on are compared with each other alone.</summary>
    public void BeginPass() => previous = null;

    /// <summary>Adds a forward pass.</summary>
    internal void Add(Routing routing)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        long tokens = routing.Probabilities.numel() / load.Length;
        Tokens += tokens;
        entropy += RoutingMath.Entropy(routing.Probabilities.detach()).to(float64).item<double>() * tokens;
        Dropped += routing.Dropped?.Tokens.shape[0] ?? 0;
        if (routing.Experts is null)
            for (int expert = 0; expert < load.Length; expert++)
                load[expert] += tokens;
        else
            Count(RoutingMath.Numbers(routing.Tokens!), RoutingMath.Numbers(routing.Experts), tokens);
    }

    private void Count(long[] tokens, long[] experts, long count)
    {
        bool[] computes = new bool[count * load.Length];
        for (int choice = 0; choice < experts.Length; choice++)
        {
            load[experts[choice]]++;
            computes[tokens[choice] * load.Length + experts[choice]] = true;
        }
        if (previous?.Length == computes.Length)
        {
            compared += count;
            for (int token = 0; token < count; token++)
                if (!previous.AsSpan(token * load.Length, load.Length).SequenceEqual(computes.AsSpan(token * load.Length, load.Length)))
                    changed++;
        }
        previous = computes;
    }
}
