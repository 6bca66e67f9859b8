using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary>Elementary functions over vectors of any width.</summary>
internal static class Elementary
{
    // ln 2 in two parts, so that n · ln 2 loses no bits: the first has trailing zeros enough for the product to be exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;
    private const float LowestExponent = -87.33f;
    private const float HighestExponent = 87f; // its reciprocal is still a normal number

    /// <summary>
    /// eˣ within 2 units in the last place from -87.33 to 87; 0 below, e⁸⁷ above; e⁸⁷ for a NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp<TLanes, TVector>(TVector x) where TLanes : ILanes<TVector> where TVector : struct
    {
        var lowest = TLanes.Broadcast(LowestExponent);
        var highest = TLanes.Broadcast(HighestExponent);
        var clamped = TLanes.SelectLess(x, lowest, lowest, TLanes.SelectLess(x, highest, x, highest));
        var n = TLanes.Round(TLanes.Multiply(clamped, TLanes.Broadcast(1.44269504f)));
        var r = TLanes.MultiplyAdd(n, TLanes.Broadcast(-Ln2High), clamped);
        r = TLanes.MultiplyAdd(n, TLanes.Broadcast(-Ln2Low), r);
        // Chebyshev fit of eʳ on ±½ ln 2, relative error 2e-9.
        var p = TLanes.Broadcast(0.0013941108f);
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(0.0083751259f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(0.0416663513f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(0.1666641533f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(0.5f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1f));
        return TLanes.SelectLess(x, lowest, default, TLanes.Multiply(p, TLanes.PowerOfTwo(n)));
    }

    /// <summary>
    /// The normal distribution function of -|x|, from erfc(z) = t exp(P(t) - z²) with t = 1 / (1 + 0.4 z), z = |x| / √2.
    /// P is a Chebyshev fit on 0 ≤ z ≤ 9.3, where its error is below 1.4e-7; there is no cancellation in the tail.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector NormalTail<TLanes, TVector>(TVector x) where TLanes : ILanes<TVector> where TVector : struct
    {
        var z = TLanes.Multiply(TLanes.Abs(x), TLanes.Broadcast(0.70710678f));
        var one = TLanes.Broadcast(1f);
        var t = TLanes.Divide(one, TLanes.MultiplyAdd(z, TLanes.Broadcast(0.4f), one));
        var p = TLanes.Broadcast(-0.2186805159f);
        p = TLanes.MultiplyAdd(p, t, TLanes.Broadcast(0.9789437056f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Broadcast(-1.5977441072f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Broadcast(1.1260508299f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Broadcast(-0.5301030874f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Broadcast(0.3366910815f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Broadcast(0.3906851411f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Broadcast(1.0029385090f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Broadcast(-1.4887816906f));
        var exponent = TLanes.Subtract(p, TLanes.Multiply(z, z));
        return TLanes.Multiply(TLanes.Multiply(TLanes.Broadcast(0.5f), t), Exp<TLanes, TVector>(exponent));
    }

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sigmoid<TLanes, TVector>(TVector x) where TLanes : ILanes<TVector> where TVector : struct
    {
        var one = TLanes.Broadcast(1f);
        return TLanes.Divide(one, TLanes.Add(one, Exp<TLanes, TVector>(TLanes.Subtract(default, x))));
    }
}
