using Frugal.Layers;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Pruning;

/// <summary>One unit's threshold in training: gradient descent of its own, bounded so that an update switches few filters off and some always stay on.</summary>
/// <param name="path">Path of the unit.</param>
/// <param name="layer">The unit.</param>
/// <param name="least">Filters that stay on at least.</param>
internal sealed class ThresholdStep(string path, ThresholdConv2d layer, long least) : IDisposable
{
    private bool[] alive = [];

    public string Path => path;

    public ThresholdConv2d Layer => layer;

    public long Least => least;

    /// <summary>Before the weights change: gradients are collected, and the filters that are on are noted.</summary>
    public void Note() => alive = [.. Scores().Select(score => score >= Threshold)];

    public double Threshold => layer.Tau.item<float>();

    public double[] Scores()
    {
        using var scope = NewDisposeScope();
        return layer.Scores().detach().to(float64).cpu().data<double>().ToArray();
    }

    /// <summary>After the weights have changed: the threshold follows its gradient.</summary>
    /// <param name="rate">Learning rate.</param>
    /// <param name="longest">Length of a step at most.</param>
    /// <param name="share">Share of the filters that may go at once; one always may.</param>
    public void Step(double rate, double longest, double share)
    {
        double gradient = layer.Tau.grad is { } grad ? grad.item<float>() : 0;
        Set(Bounded(Threshold - Math.Clamp(rate * gradient, -longest, longest), Scores(), alive, Math.Max(1, (long)Math.Floor(share * alive.Length)), least));
        Clear();
    }

    /// <summary>A threshold below the <paramref name="least"/>-th largest score, and below all but <paramref name="most"/> of the filters that are on.</summary>
    public static double Bounded(double threshold, double[] scores, bool[] alive, long most, long least)
    {
        double[] on = [.. scores.Where((_, i) => alive[i]).Order()];
        if (on.Count(score => score < threshold) > most)
            threshold = most < on.Length ? (on[most - 1] + on[most]) / 2 : on[^1];
        double[] descending = [.. scores.OrderDescending()];
        return least > 0 ? Math.Min(threshold, descending[Math.Min(least, descending.Length) - 1]) : threshold;
    }

    public void Set(double threshold)
    {
        using var mode = no_grad();
        using var scope = NewDisposeScope();
        // Single precision must not lift it over a score that it lies at.
        float value = (float)threshold;
        layer.Tau.fill_(value > threshold ? MathF.BitDecrement(value) : value);
    }

    public void Clear()
    {
        if (layer.Tau.grad is { } gradient)
            gradient.zero_();
    }

    public void Dispose() => layer.Tau.requires_grad = false;
}
