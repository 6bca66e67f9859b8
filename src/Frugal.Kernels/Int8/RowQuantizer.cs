using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary>
/// Quantises a row of inputs to unsigned bytes over its own range: <c>code = round(x / scale) + zero</c> with <c>scale = (max - min) / 255</c> and
/// <c>zero = round(-min / scale)</c>. The range includes zero, whose code is therefore exact, as in ONNX' DynamicQuantizeLinear.
/// </summary>
internal static unsafe class RowQuantizer
{
    /// <summary>The largest code.</summary>
    public const float Levels = 255;

    /// <summary>No step is smaller than the smallest normal number, so that its reciprocal is finite.</summary>
    public const float MinScale = 1.17549435e-38f;

    /// <summary>Writes the codes, up to a whole vector of them. A row with an infinity or NaN has none: its scale is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static RowCode Run<TLanes, TVector>(float* row, int count, byte* codes)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        var code = Measure<TLanes, TVector>(row, count);
        if (float.IsNaN(code.Scale))
        {
            new Span<byte>(codes, count).Clear();
            return code;
        }
        var (factor, shift, most) = (TLanes.Broadcast(1 / code.Scale), TLanes.Broadcast(code.Zero), TLanes.Broadcast(Levels));
        for (var i = 0; i < count; i += TLanes.Count)
        {
            var value = i + TLanes.Count <= count ? TLanes.Load(row + i) : TLanes.LoadPartial(row + i, count - i);
            var shifted = TLanes.Add(TLanes.Round(TLanes.Multiply(value, factor)), shift);
            TLanes.StoreBytes(codes + i, TLanes.Max(TLanes.Min(shifted, most), default));
        }
        return code;
    }

    /// <summary>What the codes of some inputs stand for; the scale is NaN where an infinity or NaN is among them.</summary>
    public static RowCode Measure<TLanes, TVector>(float* row, int count)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        var (low, high) = Range<TLanes, TVector>(row, count);
        var scale = Math.Max(high / Levels - low / Levels, MinScale);
        return float.IsFinite(scale) ? new(scale, (int)Math.Min(MathF.Round(-low * (1 / scale)), Levels)) : new(float.NaN, 0);
    }

    /// <summary>Smallest and largest value, zero included; not a number where one of them is not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (float Low, float High) Range<TLanes, TVector>(float* row, int count)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        TVector low = default, high = default, low2 = default, high2 = default;
        var i = 0;
        for (; i + 2 * TLanes.Count <= count; i += 2 * TLanes.Count)
        {
            var value = TLanes.Load(row + i);
            low = TLanes.Min(low, value);
            high = TLanes.Max(high, value);
            value = TLanes.Load(row + i + TLanes.Count);
            low2 = TLanes.Min(low2, value);
            high2 = TLanes.Max(high2, value);
        }
        for (; i < count; i += TLanes.Count)
        {
            var value = TLanes.LoadPartial(row + i, Math.Min(TLanes.Count, count - i));
            low = TLanes.Min(low, value);
            high = TLanes.Max(high, value);
        }
        var lanes = stackalloc float[2 * TLanes.Count];
        TLanes.Store(lanes, TLanes.Min(low, low2));
        TLanes.Store(lanes + TLanes.Count, TLanes.Max(high, high2));
        var (lowest, highest) = (0f, 0f);
        for (var lane = 0; lane < TLanes.Count; lane++)
        {
            lowest = Math.Min(lowest, lanes[lane]);
            highest = Math.Max(highest, lanes[TLanes.Count + lane]);
        }
        return (lowest, highest);
    }
}
