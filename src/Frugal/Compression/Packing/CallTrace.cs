using Frugal.Layers.Packed;
using Frugal.Layers.Surgery;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Compression.Packing;

/// <summary>
/// Which modules of a network run, in what order, and what is handed from one to the next: seen by hooks, so that any network is understood that calls its modules. A module whose
/// input is the very tensor that another returned comes directly behind it.
/// </summary>
internal sealed class CallTrace : IDisposable
{
    private readonly List<TracedCall> calls = [];

    private CallTrace()
    {
    }

    /// <summary>All calls, in the order in which they began.</summary>
    public IReadOnlyList<TracedCall> Calls => calls;

    /// <summary>The leaves, in their order.</summary>
    public IEnumerable<TracedCall> Leaves => calls.Where(call => call.Parent is null).SelectMany(call => call.Leaves);

    /// <summary>Runs a network once, in evaluation, and notes its calls.</summary>
    /// <param name="model">The network, in evaluation mode.</param>
    /// <param name="examples">Inputs, <c>[batch, …]</c>.</param>
    public static CallTrace Of(Module<Tensor, Tensor> model, Tensor examples)
    {
        var trace = new CallTrace();
        var open = new Stack<TracedCall>();
        var removals = new List<Action>();
        var seen = new HashSet<Module>(ReferenceEqualityComparer.Instance);
        foreach (var (path, found) in ModulePath.Walk(model))
        {
            if (found is not Module<Tensor, Tensor> module || !seen.Add(module))
                continue;
            var layer = PackableLayer.Of(module);
            removals.Add(module.register_forward_pre_hook((_, input) =>
            {
                trace.Begin(new(path, module, open.TryPeek(out var parent) ? parent : null, input) { Layer = layer is { Convolution: not null } && input.dim() != 4 ? null : layer }, open);
                return input;
            }).remove);
            removals.Add(module.register_forward_hook((_, _, output) =>
            {
                open.Pop().Output = output;
                return output;
            }).remove);
        }
        try
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            model.call(examples);
            return trace;
        }
        catch
        {
            trace.Dispose();
            throw;
        }
        finally
        {
            removals.ForEach(remove => remove());
        }
    }

    /// <summary>True where a module ran once: one that runs twice has no one place in a chain.</summary>
    public bool RanOnce(TracedCall call) => calls.Count(other => ReferenceEquals(other.Module, call.Module)) == 1;

    /// <summary>True where what <paramref name="giver"/> returned goes to <paramref name="taker"/> and, as far as modules tell, nowhere else.</summary>
    public bool IsHandedOn(TracedCall giver, TracedCall taker) =>
        ReferenceEquals(giver.Output, taker.Input)
        && calls.All(call => !ReferenceEquals(call.Input, giver.Output) || call.Encloses(taker) || taker.Encloses(call));

    /// <summary>Frees the inputs that were kept.</summary>
    public void Dispose() => calls.ForEach(call => call.Rows?.Dispose());

    private void Begin(TracedCall call, Stack<TracedCall> open)
    {
        calls.Add(call);
        call.Parent?.Add(call);
        open.Push(call);
        using var scope = NewDisposeScope();
        if (call.Layer is { Convolution: not null })
            call.Rows = call.Input.detach().clone().DetachFromDisposeScope();
        else if ((call.Layer?.InFeatures ?? NormalizedFeatures(call.Module)) is { } features)
            call.Rows = call.Input.detach().reshape(-1, features).clone().DetachFromDisposeScope();
    }

    private static long? NormalizedFeatures(Module module) => SpanOperators.IsNorm(module) ? ((LayerNorm)module).normalized_shape[0] : null;
}
