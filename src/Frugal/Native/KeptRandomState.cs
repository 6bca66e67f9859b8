using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Native;

/// <summary>
/// Puts libtorch's random state back, on disposal, to what it was: for work that may draw, but must not move the stream that training draws from. Numbers that another thread draws
/// meanwhile are drawn again.
/// </summary>
internal sealed class KeptRandomState : IDisposable
{
    private readonly Tensor state;

    public KeptRandomState()
    {
        Tensor? read = null;
        GlobalGenerator.Alone(() => read = get_rng_state());
        state = read!.DetachFromDisposeScope();
    }

    public void Dispose()
    {
        GlobalGenerator.Alone(() => set_rng_state(state));
        state.Dispose();
    }
}
