using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary>
/// A term <c>up · (down · input)</c> in floats that is added to coded sums before the epilogue: what coding lost, estimated by a matrix of low rank.
/// </summary>
internal sealed unsafe class LowRankTerm
{
    private readonly AlignedBuffer<float> _down;
    private readonly AlignedBuffer<float> _up;
    private readonly int _inFeatures;
    private readonly int _pitch;

    /// <param name="down"><c>[rank, in]</c>.</param>
    /// <param name="up"><c>[out, rank]</c>.</param>
    public LowRankTerm(ReadOnlySpan<float> down, ReadOnlySpan<float> up, int outFeatures, int inFeatures)
    {
        Rank = down.Length / inFeatures;
        _inFeatures = inFeatures;
        _pitch = Panel.Count(outFeatures) * Panel.Outputs;
        _down = new(down);
        _up = new(checked(Rank * _pitch));
        for (var i = 0; i < up.Length; i++)
            _up.Span[i % Rank * _pitch + i / Rank] = up[i];
        Up = up.ToArray();
    }

    public int Rank { get; }

    public long Bytes => _down.Bytes + _up.Bytes;

    /// <summary><c>[rank, in]</c>.</summary>
    public ReadOnlySpan<float> Down => _down.Span;

    /// <summary><c>[out, rank]</c>.</summary>
    public float[] Up { get; }

    /// <summary>Writes <c>down · row</c>, <c>[rank]</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Project<TLanes, TVector>(float* row, float* terms) where TLanes : ILanes<TVector> where TVector : struct
    {
        for (var r = 0; r < Rank; r++)
        {
            var down = _down.Pointer + (nint)r * _inFeatures;
            TVector a = default, b = default;
            var i = 0;
            for (; i + 2 * TLanes.Count <= _inFeatures; i += 2 * TLanes.Count)
            {
                a = TLanes.MultiplyAdd(TLanes.Load(row + i), TLanes.Load(down + i), a);
                b = TLanes.MultiplyAdd(TLanes.Load(row + i + TLanes.Count), TLanes.Load(down + i + TLanes.Count), b);
            }
            for (; i < _inFeatures; i += TLanes.Count)
            {
                var count = Math.Min(TLanes.Count, _inFeatures - i);
                a = TLanes.MultiplyAdd(TLanes.LoadPartial(row + i, count), TLanes.LoadPartial(down + i, count), a);
            }
            terms[r] = TLanes.Sum(TLanes.Add(a, b));
        }
    }

    /// <summary>Adds <c>up · terms</c> to the values of some outputs, a whole number of panels of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add<TLanes, TVector>(float* terms, int firstOutput, int outputs, float* values) where TLanes : ILanes<TVector> where TVector : struct
    {
        for (var r = 0; r < Rank; r++)
        {
            var term = TLanes.Broadcast(terms[r]);
            var up = _up.Pointer + (nint)r * _pitch + firstOutput;
            for (var i = 0; i < outputs; i += TLanes.Count)
                TLanes.Store(values + i, TLanes.MultiplyAdd(term, TLanes.Load(up + i), TLanes.Load(values + i)));
        }
    }
}
