using System.Runtime.ExceptionServices;

namespace Frugal.Data;

/// <summary>
/// Fills a ring of buffers on threads of its own and hands them out in order. A worker takes whole batches; it never runs further ahead than the
/// ring is long. Torch is not touched here: its dispose scopes belong to the consumer's thread.
/// </summary>
internal sealed class Prefetcher : IDisposable
{
    private readonly object gate = new();
    private readonly Action<int, int, Span<float>> fill;
    private readonly Func<int, int> sizeOf;
    private readonly Slot[] ring;
    private readonly Thread[] workers;
    private readonly int end;
    private int nextToFill;
    private int nextToTake;
    private volatile bool stopping;

    /// <param name="first">Number of the first batch to prepare.</param>
    /// <param name="end">Number after the last batch.</param>
    /// <param name="batchLength">Numbers in the largest batch.</param>
    /// <param name="workerCount">Threads, at least 1.</param>
    /// <param name="sizeOf">Examples in a batch.</param>
    /// <param name="fill">Writes example <c>position</c> of batch <c>number</c> to its place: <c>(number, position, buffer of the batch)</c>.</param>
    public Prefetcher(int first, int end, int batchLength, int workerCount, Func<int, int> sizeOf, Action<int, int, Span<float>> fill)
    {
        this.end = end;
        this.fill = fill;
        this.sizeOf = sizeOf;
        nextToFill = nextToTake = first;
        ring = new Slot[Math.Max(1, Math.Min(workerCount + 1, end - first))];
        for (int i = 0; i < ring.Length; i++)
            ring[i] = new Slot(batchLength);
        workers = new Thread[Math.Min(workerCount, ring.Length)];
        for (int i = 0; i < workers.Length; i++)
        {
            workers[i] = new Thread(Work) { IsBackground = true, Name = $"frugal loader {i}" };
            workers[i].Start();
        }
    }

    /// <summary>Makes something of the next batch's buffer; afterwards a worker may fill it anew.</summary>
    /// <exception cref="FrugalException">An example could not be prepared.</exception>
    public T Take<T>(Func<float[], T> make)
    {
        var slot = ring[nextToTake % ring.Length];
        lock (gate)
        {
            while (!slot.IsReady)
                Monitor.Wait(gate);
        }
        if (slot.Failure is { } failure)
            ExceptionDispatchInfo.Throw(failure);
        var made = make(slot.Buffer);
        lock (gate)
        {
            slot.IsReady = false;
            nextToTake++;
            Monitor.PulseAll(gate);
        }
        return made;
    }

    /// <summary>Stops the workers and waits for them; each ends after the example it is at.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            stopping = true;
            Monitor.PulseAll(gate);
        }
        foreach (var worker in workers)
            worker.Join();
    }

    private void Work()
    {
        while (Claim() is int number)
        {
            var slot = ring[number % ring.Length];
            try
            {
                for (int position = 0; position < sizeOf(number) && !stopping; position++)
                    fill(number, position, slot.Buffer);
            }
            catch (Exception failure)
            {
                // Kept for the consumer, who meets it when this batch's turn comes.
                slot.Failure = failure;
            }
            lock (gate)
            {
                slot.IsReady = true;
                Monitor.PulseAll(gate);
            }
        }
    }

    private int? Claim()
    {
        lock (gate)
        {
            while (!stopping && nextToFill < end && nextToFill >= nextToTake + ring.Length)
                Monitor.Wait(gate);
            return stopping || nextToFill >= end ? null : nextToFill++;
        }
    }

    private sealed class Slot(int length)
    {
        public float[] Buffer { get; } = GC.AllocateUninitializedArray<float>(length);

        public Exception? Failure { get; set; }

        public bool IsReady { get; set; }
    }
}
