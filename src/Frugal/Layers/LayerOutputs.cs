using Frugal.Layers.Surgery;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>What chosen layers of a network give out, forward pass by forward pass. Of a layer that runs more than once in a pass the last output counts.</summary>
public sealed class LayerOutputs : IDisposable
{
    private readonly List<HookableModule<Func<Module<Tensor, Tensor>, Tensor, Tensor>, Func<Module<Tensor, Tensor>, Tensor, Tensor, Tensor>>.HookRemover> hooks = [];
    private readonly Tensor?[] outputs;

    /// <summary>Begins to observe.</summary>
    /// <param name="root">The network.</param>
    /// <param name="paths">Paths of the layers.</param>
    /// <exception cref="FrugalException">A path names no layer that makes one tensor of one.</exception>
    public LayerOutputs(Module root, IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(paths);
        var layers = paths.Select(path => ModuleSurgery.Find(root, path) as Module<Tensor, Tensor>
            ?? throw new FrugalException($"'{path}' of {root.GetName()} cannot be observed: it does not make one tensor of one; choose a layer within it or around it")).ToList();
        (Paths, outputs) = (paths, new Tensor?[paths.Count]);
        for (int i = 0; i < layers.Count; i++)
        {
            int position = i;
            hooks.Add(layers[i].register_forward_hook((_, _, output) =>
            {
                Keep(position, output);
                return output;
            }));
        }
    }

    /// <summary>Paths of the layers.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>Hands over the outputs of the last pass, in the order of the layers.</summary>
    /// <param name="scope">The dispose scope that they belong to from then on.</param>
    /// <exception cref="FrugalException">A layer did not run.</exception>
    public IReadOnlyList<Tensor> Take(DisposeScope scope)
    {
        ArgumentNullException.ThrowIfNull(scope);
        for (int i = 0; i < outputs.Length; i++)
            if (outputs[i] is null)
                throw new FrugalException($"The layer '{Paths[i]}' did not run in the forward pass, so it has no output to compare.");
        List<Tensor> taken = [.. outputs.OfType<Tensor>()];
        taken.ForEach(scope.Attach);
        Array.Clear(outputs);
        return taken;
    }

    // The layer may run within a dispose scope of its own, which must not end its output before it was compared.
    private void Keep(int position, Tensor output)
    {
        outputs[position]?.Dispose();
        outputs[position] = output.alias().DetachFromDisposeScope();
    }

    /// <summary>Ends the observation.</summary>
    public void Dispose()
    {
        hooks.ForEach(hook => hook.remove());
        hooks.Clear();
        foreach (var output in outputs)
            output?.Dispose();
        Array.Clear(outputs);
    }
}
