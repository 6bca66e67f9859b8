namespace Frugal.Kernels;

/// <summary>
/// How one kind of symbol is coded: the whole numbers from <see cref="Offset"/> on, <see cref="Length"/> of them, each by its own width, and all others by an escape symbol that is followed by
/// the number itself.
/// </summary>
public sealed class CodingTable
{
    private const int BucketBits = 8, BucketShift = CdfQuantizer.Precision - BucketBits;
    private readonly CodedSymbol[] _symbols;
    private readonly ushort[] _buckets = new ushort[1 << BucketBits];
    private readonly int[] _cdf;

    /// <param name="cdf">Cumulative widths: 0, rising strictly, 65,536; the last symbol is the escape.</param>
    /// <param name="offset">The number that the first symbol stands for.</param>
    /// <exception cref="ArgumentException">The widths are not as told.</exception>
    public CodingTable(ReadOnlySpan<int> cdf, int offset)
    {
        if (cdf.Length < 3 || cdf[0] != 0 || cdf[^1] != CdfQuantizer.Total)
            throw new ArgumentException($"A table goes from 0 to {CdfQuantizer.Total} and has a symbol besides the escape.", nameof(cdf));
        _cdf = cdf.ToArray();
        _symbols = new CodedSymbol[cdf.Length - 1];
        Offset = offset;
        for (int i = 0; i < _symbols.Length; i++)
        {
            if (cdf[i + 1] <= cdf[i])
                throw new ArgumentException($"A table must rise strictly; symbol {i} goes from {cdf[i]} to {cdf[i + 1]}.", nameof(cdf));
            _symbols[i] = new CodedSymbol((uint)cdf[i], (uint)(cdf[i + 1] - cdf[i]));
        }
        for (int bucket = 0, symbol = 0; bucket < _buckets.Length; bucket++)
        {
            while (cdf[symbol + 1] <= bucket << BucketShift)
                symbol++;
            _buckets[bucket] = (ushort)symbol;
        }
    }

    /// <summary>The number that the first symbol stands for.</summary>
    public int Offset { get; }

    /// <summary>How many numbers have a width of their own.</summary>
    public int Length => _symbols.Length - 1;

    /// <summary>The cumulative widths.</summary>
    public ReadOnlySpan<int> Cdf => _cdf;

    internal ref readonly CodedSymbol Symbol(int index) => ref _symbols[index];

    /// <summary>The symbol within whose width a point of the range lies.</summary>
    internal int Find(uint point)
    {
        int symbol = _buckets[point >> BucketShift];
        int[] cdf = _cdf;
        while ((uint)cdf[symbol + 1] <= point)
            symbol++;
        return symbol;
    }
}
