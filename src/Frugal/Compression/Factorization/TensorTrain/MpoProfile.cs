using Frugal.Data;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Recipes;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Compression;

/// <summary>
/// How much a model loses when one layer alone is compressed: for each layer and each share of its parameters, the rise of the loss on a few examples. The model is afterwards as before.
/// </summary>
/// <param name="Shares">The shares, rising.</param>
/// <param name="Layers">The layers, in the order of the network.</param>
public sealed record MpoProfile(IReadOnlyList<double> Shares, IReadOnlyList<MpoProfile.Layer> Layers)
{
    /// <summary>Shares that are tried when none are given.</summary>
    public static IReadOnlyList<double> UsualShares { get; } = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75];

    /// <summary>One layer of a profile.</summary>
    /// <param name="Path">Its path.</param>
    /// <param name="Parameters">Entries of its weight.</param>
    /// <param name="Drops">Rise of the loss at each share; null where cores cannot be that small.</param>
    public sealed record Layer(string Path, long Parameters, IReadOnlyList<double?> Drops);

    /// <summary>Measures a profile on validation examples, or on training examples where there are none.</summary>
    /// <exception cref="FrugalException">No layer is chosen.</exception>
    public static MpoProfile Measure(Subject subject, IReadOnlyList<SelectedLayer<Linear>> layers, IReadOnlyList<double> shares, int numCores, int examples)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (layers.Count == 0)
            throw new FrugalException($"{subject.Model.GetName()} has no linear layer to profile: look at include and exclude");
        var data = subject.Data.Validation ?? subject.Data.Train;
        var few = data.Choose([.. Enumerable.Range(0, Math.Min(examples, data.Count))]);
        double before = Evaluation.Of(subject.Model, few, subject.Device).Loss;
        return new(shares, [.. layers.Select(layer => new Layer(layer.Path, layer.Layer.weight!.numel(), [.. shares.Select(share => Drop(layer, share))]))]);

        double? Drop(SelectedLayer<Linear> layer, double share)
        {
            var weight = layer.Layer.weight!;
            var shape = MpoShape.Of(weight.shape[0], weight.shape[1], numCores);
            if (shape.LargestBond(share * weight.numel()) is not (> 0 and var bond))
                return null;
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            var kept = weight.clone();
            try
            {
                weight.copy_(MpoMath.DenseWeight(MpoMath.Decompose(MpoLinear.Filled(weight, shape), shape, bond).Cores).narrow(0, 0, weight.shape[0]).narrow(1, 0, weight.shape[1]));
                return Evaluation.Of(subject.Model, few, subject.Device).Loss - before;
            }
            finally
            {
                weight.copy_(kept);
            }
        }
    }

    /// <summary>
    /// Shares for each layer that together stay within a share of all parameters: from the smallest ones, the layer whose loss falls most for each further parameter is raised, again and again.
    /// </summary>
    /// <param name="budget">Share of all parameters.</param>
    /// <returns>Share by path; 1 for a layer that stays dense.</returns>
    /// <exception cref="FrugalException">Even the smallest shares are above the budget.</exception>
    public IReadOnlyDictionary<string, double> Assign(double budget)
    {
        int[] level = [.. Layers.Select(layer => Enumerable.Range(0, Shares.Count + 1).First(i => DropAt(layer, i) is not null))];
        double allowed = budget * Layers.Sum(layer => layer.Parameters), used = Layers.Select((layer, i) => ShareAt(level[i]) * layer.Parameters).Sum();
        if (used > allowed)
            throw new FrugalException(FormattableString.Invariant($"a share of {budget} cannot be met: the smallest that was measured for these layers comes to {used / Layers.Sum(layer => layer.Parameters):0.####}"));
        while (Enumerable.Range(0, Layers.Count).Where(CanRise).Select(i => (int?)i).MaxBy(i => GainOf(i!.Value)) is { } best)
        {
            used += CostOf(best);
            level[best]++;
        }
        return Layers.Select((layer, i) => (layer.Path, Share: ShareAt(level[i]))).ToDictionary(pair => pair.Path, pair => pair.Share);

        bool CanRise(int i) => level[i] < Shares.Count && used + CostOf(i) <= allowed;
        double CostOf(int i) => (ShareAt(level[i] + 1) - ShareAt(level[i])) * Layers[i].Parameters;
        double GainOf(int i) => (DropAt(Layers[i], level[i])!.Value - (DropAt(Layers[i], level[i] + 1) ?? 0)) / CostOf(i);
    }

    private double ShareAt(int level) => level < Shares.Count ? Shares[level] : 1;

    // Beyond the last share the layer stays dense and loses nothing.
    private double? DropAt(Layer layer, int level) => level < Shares.Count ? layer.Drops[level] : 0;
}
