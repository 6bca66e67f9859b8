using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Frugal.Native;

namespace Frugal.Graphs.Capturing;

/// <summary>
/// Hears of every operator that the current thread dispatches, through libtorch's thread-local record-function callbacks
/// (<c>at::addThreadLocalCallback</c>), called by their exported names.
/// </summary>
/// <remarks>
/// libtorch's execution-trace observer, which reports the same calls as a JSON file, was tried first. It belongs to the whole process and keeps a stack per
/// thread that breaks when another thread is inside an operator while it is removed; and it prints numbers with six decimals, so that an
/// epsilon of 1e-12 reads as zero. Listening ourselves has neither fault.
/// </remarks>
internal static unsafe class OperatorCallback
{
    [ThreadStatic]
    private static Listening? current;

    /// <summary>Runs <paramref name="action"/> while <paramref name="listener"/> hears of the thread's operators; what itself runs is not reported.</summary>
    /// <exception cref="GraphException">This libtorch has no such callbacks, or this thread is listening already.</exception>
    public static void During(IOperatorListener listener, Action action)
    {
        if (current is not null)
            throw new GraphException("A model is being captured on this thread; its forward cannot capture another one.");
        var add = (delegate* unmanaged<Registration, ulong>)Require("_ZN2at22addThreadLocalCallbackENS_22RecordFunctionCallbackE");
        var remove = (delegate* unmanaged<ulong, void>)Require("_ZN2at14removeCallbackEm");
        var listening = current = new Listening(listener);
        try
        {
            var handle = add(Registration.Of(&Begin, &End));
            try
            {
                action();
            }
            finally
            {
                remove(handle);
            }
        }
        finally
        {
            current = null;
        }
        listening.Failure?.Throw();
    }

    private static nint Require(string symbol)
    {
        var isKnownPlatform = OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;
        return (isKnownPlatform ? LibTorch.Export(symbol) : null) ?? throw Unsupported($"it does not export {symbol}");
    }

    /// <summary>The refusal, saying what would do.</summary>
    public static GraphException Unsupported(string reason) => new(
        $"Models cannot be captured with this libtorch: {reason}. Linux on x64 with libtorch 2.10 (TorchSharp 0.107), for CPU or CUDA, can.");

    /// <summary>Returns an empty <c>std::unique_ptr</c>, which the caller passes by the address of its place.</summary>
    [UnmanagedCallersOnly]
    private static nint* Begin(nint* context, nint record)
    {
        *context = 0;
        current?.Tell(record, begins: true);
        return context;
    }

    [UnmanagedCallersOnly]
    private static void End(nint record, nint context) => current?.Tell(record, begins: false);

    /// <summary>One stretch of listening. An exception must not pass through libtorch's frames, so it waits for the end.</summary>
    private sealed class Listening(IOperatorListener listener)
    {
        private bool busy;

        public ExceptionDispatchInfo? Failure { get; private set; }

        public void Tell(nint record, bool begins)
        {
            if (busy || Failure is not null)
                return;
            busy = true;
            try
            {
                if (begins)
                    listener.Begin(new RecordedCall(record));
                else
                    listener.End(new RecordedCall(record));
            }
            catch (Exception error)
            {
                Failure = ExceptionDispatchInfo.Capture(error);
            }
            busy = false;
        }
    }

    /// <summary><c>at::RecordFunctionCallback</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Registration
    {
        private nint start, end;
        private double samplingProbability;
        private Scopes scopes;
        private byte needsInputs, needsOutputs, needsIds;

        public static Registration Of(delegate* unmanaged<nint*, nint, nint*> start, delegate* unmanaged<nint, nint, void> end)
        {
            var registration = new Registration { start = (nint)start, end = (nint)end, samplingProbability = 1, needsInputs = 1, needsOutputs = 1 };
            registration.scopes[0] = 1;
            return registration;
        }
    }

    /// <summary>One switch for each <c>at::RecordScope</c>; operators are the first.</summary>
    [InlineArray(10)]
    private struct Scopes
    {
        private byte first;
    }
}
