using System.Runtime.CompilerServices;

namespace Frugal.Graphs.Capturing;

/// <summary>
/// Holds back finalisers while it lives. TorchSharp hands a number's native handle to an operator and forgets the number, so that a garbage collection in the middle of
/// the operator may free what it is reading. As a rule none happens there; but the recorder allocates in the middle of every operator.
/// </summary>
/// <remarks>
/// There is one finaliser thread. An object whose finaliser waits keeps it from going on; captures on several threads share one.
/// </remarks>
internal sealed class FinalizerPause : IDisposable
{
    // Whoever waits for finalisers within forward would otherwise wait for ever.
    private static readonly TimeSpan longest = TimeSpan.FromSeconds(30);

    private static readonly Lock gate = new();
    private static ManualResetEventSlim? ended;
    private static int holders;

    public FinalizerPause()
    {
        lock (gate)
        {
            if (holders++ == 0)
                ended = Begin();
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (--holders == 0)
                ended!.Set();
        }
    }

    /// <summary>Returns when the finaliser thread stands still; it goes on when the event is set.</summary>
    private static ManualResetEventSlim Begin()
    {
        var (reached, end) = (new ManualResetEventSlim(), new ManualResetEventSlim());
        Abandon(reached, end);
        for (var waited = TimeSpan.Zero; !reached.IsSet && waited < longest; waited += TimeSpan.FromMilliseconds(10))
        {
            GC.Collect(0, GCCollectionMode.Forced, blocking: true);
            reached.Wait(TimeSpan.FromMilliseconds(10));
        }
        return end;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Abandon(ManualResetEventSlim reached, ManualResetEventSlim end) => _ = new Obstacle(reached, end);

    private sealed class Obstacle(ManualResetEventSlim reached, ManualResetEventSlim end)
    {
        ~Obstacle()
        {
            reached.Set();
            end.Wait(longest);
        }
    }
}
