namespace Frugal.Data;

/// <summary>
/// The normalised pixels of a dataset small enough to keep, filled as examples are first read. Training without augmentation then costs one copy
/// an example. Thread-safe: two threads that fill one row write the same numbers.
/// </summary>
internal sealed class NormalizedCache
{
    /// <summary>Datasets whose normalised pixels need more bytes than this are not kept.</summary>
    public const long MaxBytes = 128L << 20;

    private readonly float[] pixels;
    private readonly int[] filled;
    private readonly int rowLength;
    private int missing;

    private NormalizedCache(int count, int rowLength)
    {
        this.rowLength = rowLength;
        pixels = GC.AllocateUninitializedArray<float>(count * rowLength);
        filled = new int[count];
        missing = count;
    }

    /// <summary>An empty cache, or null when the dataset is too large to keep.</summary>
    public static NormalizedCache? For(ImageDataset data)
    {
        long rowLength = (long)data.Info.Channels * data.Info.Height * data.Info.Width;
        return data.Count * rowLength * sizeof(float) <= MaxBytes ? new NormalizedCache(data.Count, (int)rowLength) : null;
    }

    /// <summary>True once every example is there.</summary>
    public bool IsComplete => Volatile.Read(ref missing) == 0;

    /// <summary>Copies an example out; false when it has not been stored yet.</summary>
    public bool TryCopy(int index, Span<float> target)
    {
        if (Volatile.Read(ref filled[index]) == 0)
            return false;
        Row(index).CopyTo(target);
        return true;
    }

    /// <summary>Keeps an example.</summary>
    public void Store(int index, ReadOnlySpan<float> source)
    {
        source.CopyTo(Row(index));
        if (Interlocked.Exchange(ref filled[index], 1) == 0)
            Interlocked.Decrement(ref missing);
    }

    private Span<float> Row(int index) => pixels.AsSpan(index * rowLength, rowLength);
}
