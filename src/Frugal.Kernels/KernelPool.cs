using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Frugal.Kernels;

/// <summary>
/// Where kernels run: a number of threads of its own, the instruction set they may use, and the scratch memory they work in.
/// Work is split statically, so the same pool size gives the same bits in every call; with one thread everything runs on the caller.
/// </summary>
/// <remarks>
/// Threads wait for the next call by spinning for some tens of microseconds, since layers follow each other closely, and then sleep.
/// One call runs at a time: calls from several threads wait for each other, so give each concurrent caller a pool of its own.
/// </remarks>
public sealed unsafe class KernelPool : IDisposable
{
    private readonly Lock _gate = new();
    private readonly KernelWorker[] _workers;
    private readonly ParkingSpot _caller = new();
    private readonly AlignedBuffer<byte>[] _scratch;
    private delegate*<void*, int, int, byte*, void> _body;
    private void* _task;
    private int _remaining;
    private ExceptionDispatchInfo? _fault;
    private bool _disposed;

    /// <summary>Starts the threads.</summary>
    /// <param name="threads">Threads that share a call, the caller's included: 1 to 1024.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number lies outside.</exception>
    public KernelPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, 1024);
        Threads = threads;
        _scratch = [.. Enumerable.Range(0, threads).Select(_ => new AlignedBuffer<byte>(0))];
        _workers = new KernelWorker[threads - 1];
        for (var i = 0; i < _workers.Length; i++)
            _workers[i] = new KernelWorker(this, part: i + 1);
    }

    /// <summary>Threads that share a call, the caller's included.</summary>
    public int Threads { get; }

    /// <summary>The instruction set that kernels use: the best this processor has, unless a lower one is asked for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The level is above <see cref="Simd.Level"/>.</exception>
    public SimdLevel Level
    {
        get;
        init
        {
            if (value > Simd.Level || value < SimdLevel.Portable)
                throw new ArgumentOutOfRangeException(nameof(Level), value, $"Level must be at most {Simd.Level}, which is what this processor offers; got {value}");
            field = value;
        }
    } = Simd.Level;

    /// <summary>Runs every part of <paramref name="task"/> and returns when all are done.</summary>
    /// <param name="scratchBytes">Scratch memory that each thread needs; kept for the next call, so that a repeated call allocates nothing.</param>
    internal void Run<TTask>(ref TTask task, nint scratchBytes) where TTask : struct, IKernelTask
    {
        // A lock is recursive: a task that used its own pool would overwrite the call it is part of.
        if (_gate.IsHeldByCurrentThread)
            throw new InvalidOperationException("A kernel pool cannot be used from inside one of its own calls.");
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ReserveScratch(scratchBytes);
            if (_workers.Length == 0)
            {
                task.Run(0, 1, _scratch[0].Pointer);
                return;
            }

            // The struct lives on this thread's stack, which does not move, until the last worker has reported back below.
            _body = &Invoke<TTask>;
            _task = Unsafe.AsPointer(ref task);
            _remaining = _workers.Length;
            foreach (var worker in _workers)
                worker.Start();
            RunPart(0);
            TakeOver();
            _caller.WaitUntil(ref _remaining, 0);
            _task = null;
            var fault = _fault;
            _fault = null;
            fault?.Throw();
        }
    }

    /// <summary>Ends the threads. A call in progress is waited for.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            foreach (var worker in _workers)
                worker.Stop();
        }
    }

    /// <summary>One worker's share of the current call, and the report that it is done.</summary>
    internal void RunShare(int part)
    {
        RunPart(part);
        if (Interlocked.Decrement(ref _remaining) == 0)
            _caller.Wake();
    }

    /// <summary>
    /// Does the parts whose threads have not begun: on a busy machine one may wait milliseconds for a core, and after a pause one must be woken.
    /// Parts are the same whoever does them, and so are the results.
    /// </summary>
    private void TakeOver()
    {
        for (var i = 0; i < _workers.Length; i++)
            if (_workers[i].TryTake())
                RunShare(i + 1);
    }

    private void RunPart(int part)
    {
        // Nothing may escape before all workers are done: they still read the task on the caller's stack.
        try
        {
            _body(_task, part, Threads, _scratch[part].Pointer);
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _fault, ExceptionDispatchInfo.Capture(exception), null);
        }
    }

    private static void Invoke<TTask>(void* task, int part, int parts, byte* scratch) where TTask : struct, IKernelTask =>
        Unsafe.AsRef<TTask>(task).Run(part, parts, scratch);

    private void ReserveScratch(nint bytes)
    {
        if (_scratch[0].Length >= bytes)
            return;
        for (var part = 0; part < _scratch.Length; part++)
            _scratch[part] = new AlignedBuffer<byte>(checked((int)bytes));
    }
}
