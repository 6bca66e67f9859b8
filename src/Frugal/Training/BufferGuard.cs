using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training;

/// <summary>
/// Keeps a module's buffers over one update. A forward pass with a number that is not finite leaves it in the running statistics of norms for ever, so leaving the update out
/// must bring them back.
/// </summary>
internal sealed class BufferGuard(Module module) : IDisposable
{
    private readonly List<(Tensor Buffer, Tensor Kept)> pairs =
        [.. module.named_buffers().Select(named => (named.buffer, named.buffer.clone().DetachFromDisposeScope()))];

    /// <summary>Keeps the buffers as they are now.</summary>
    public void Keep() => Copy(pair => (pair.Kept, pair.Buffer));

    /// <summary>Brings them back.</summary>
    public void Restore() => Copy(pair => (pair.Buffer, pair.Kept));

    private void Copy(Func<(Tensor Buffer, Tensor Kept), (Tensor To, Tensor From)> direction)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        foreach (var pair in pairs)
        {
            var (to, from) = direction(pair);
            to.copy_(from);
        }
    }

    public void Dispose() => pairs.ForEach(pair => pair.Kept.Dispose());
}
