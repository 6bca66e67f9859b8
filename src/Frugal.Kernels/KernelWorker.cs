namespace Frugal.Kernels;

/// <summary>One thread of a <see cref="KernelPool"/>, which does the same part of every call.</summary>
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

    public void Start()
    {
        Interlocked.Exchange(ref _pending, 1);
        _spot.Wake();
    }

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
            // Before the share, since the pool may start the next call as soon as this one is reported done.
            _pending = 0;
            _pool.RunShare(_part);
        }
    }
}
