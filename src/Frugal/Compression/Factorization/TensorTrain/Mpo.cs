using Frugal.Layers;
using Frugal.Layers.Surgery;
using TorchSharp;
using TorchSharp.Modules;
using static System.FormattableString;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Compression;

/// <summary>Matrix product operators for people with a training loop of their own; the steps <see cref="Compactifai"/> and <see cref="MpoToDense"/> call it.</summary>
public static class Mpo
{
    /// <summary>Replaces linear layers by matrix product operators. Layers that would not shrink stay as they are; "heal" the rest by training on.</summary>
    /// <param name="model">The network.</param>
    /// <param name="budget">How bonds are found.</param>
    /// <param name="numCores">Cores of each layer.</param>
    /// <param name="layers">Which layers; null for all.</param>
    /// <param name="note">Told how much of each weight is kept, and which layers stay as they are.</param>
    /// <returns>Paths of the layers that were replaced.</returns>
    /// <exception cref="FrugalException">A bond cannot be, no layer is chosen, or one cannot be replaced; the network is as before.</exception>
    public static IReadOnlyList<string> Factorize(Module model, MpoBudget budget, int numCores = 2, LayerSelection? layers = null, Action<string>? note = null)
    {
        ArgumentNullException.ThrowIfNull(budget);
        return Factorize(model, _ => budget, numCores, (layers ?? LayerSelection.All).Of<Linear>(model), note);
    }

    /// <summary>Replaces operators by the dense layers that compute the same.</summary>
    /// <param name="model">The network.</param>
    /// <param name="layers">Which layers; null for all.</param>
    /// <returns>Paths of the layers that were replaced.</returns>
    /// <exception cref="FrugalException">There is none, or one cannot be replaced; the network is as before.</exception>
    public static IReadOnlyList<string> ToDense(Module model, LayerSelection? layers = null) =>
        Replacement.OfAll(model, (layers ?? LayerSelection.All).Of<MpoLinear>(model), mpo => DenseLayer.Linear(mpo.Layer.DenseWeight(), mpo.Layer.Bias));

    /// <summary>The same with a budget of its own for each layer, by its path; null leaves it dense.</summary>
    internal static IReadOnlyList<string> Factorize(Module model, Func<string, MpoBudget?> budget, int numCores, IReadOnlyList<SelectedLayer<Linear>> layers, Action<string>? note) =>
        Replacement.OfAll(model, layers, chosen =>
        {
            var weight = chosen.Layer.weight!;
            if (budget(chosen.Path) is not { } own)
                return null;
            long bond = own.BondFor(chosen.Path, weight, numCores), parameters = MpoShape.Of(weight.shape[0], weight.shape[1], numCores).NumParameters(bond);
            if (parameters >= weight.numel())
            {
                note?.Invoke($"'{chosen.Path}' stays as it is: cores with a bond of {bond} have {parameters} entries, no fewer than the {weight.numel()} of its weight");
                return null;
            }
            var layer = MpoLinear.Of(chosen.Layer, bond, numCores);
            double kept = 1 - (weight - layer.DenseWeight()).square().sum().ToDouble() / Math.Max(weight.square().sum().ToDouble(), double.Epsilon);
            note?.Invoke(Invariant($"'{chosen.Path}' has a bond of {bond} and keeps {100.0 * parameters / weight.numel():0.0} % of its weights and {100 * kept:0.0} % of the sum of their squares"));
            return layer;
        });
}
