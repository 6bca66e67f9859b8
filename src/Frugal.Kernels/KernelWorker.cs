namespace Frugal.Kernels;

/// <summary>One thread of a <see cref="KernelPool"/>, which does its part of a call unless the caller was there first.</summary>
internal sealed class KernelWorker
{
    private readonly KernelPool _pool;
    private readonly ParkingSpot _spot = new();
    private readonly int _part;
    private int _pending;
    private volatile bool _stop;

    public KernelWorker(KernelPool pool, int part)
    {
        _pool = pool;
        _part = part;
        new Thread(Work) { IsBackground = true, Name = $"Frugal kernel {part}" }.Start();
    }

    /// <summary>Offers this thread its part of the pool's current call.</summary>
    public void Start()
    {
        Interlocked.Exchange(ref _pending, 1);
        _spot.Wake();
    }

    /// <summary>Takes the part that was offered, for the thread or, if that has not begun, for the caller; true for the one who gets it.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _pending, 0, 1) == 1;

    public void Stop()
    {
        _stop = true;
        Start();
    }

    private void Work()
    {
        while (true)
        {
            _spot.WaitUntil(ref _pending, 1);
            if (_stop)
                return;
            // Of thread and caller one gets the part: it may be gone since it was seen.
            if (TryTake())
                _pool.RunShare(_part);
        }
    }
}
