using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary>The functions of all inputs of a Kolmogorov-Arnold layer.</summary>
/// <param name="groups">Inputs and functions, one behind the other.</param>
/// <param name="count">Features, in whole groups of sixteen.</param>
/// <param name="inFeatures">Columns of the input.</param>
internal readonly unsafe struct KanFeatures(KanGroup[] groups, int count, int inFeatures) : IFeatureMap
{
    private const int MaxLanes = 16, MaxKnots = 64;

    /// <summary>Behind the features there is room for a group's inputs, one behind the other.</summary>
    public int Count => count + inFeatures + MaxLanes;

    public void OfTile<TLanes, TVector>(float* tile, int vectors, float* features) where TLanes : ILanes<TVector> where TVector : struct
    {
        var width = vectors * TLanes.Count;
        var work = stackalloc float[MaxKnots * MaxLanes];
        foreach (var group in groups)
            for (var i = 0; i < group.Inputs.Length; i++)
                for (var lane = 0; lane < width; lane += TLanes.Count)
                    Evaluate<TLanes, TVector, OneInput>(
                        group, i, TLanes.Load(tile + (nint)group.Inputs.Pointer[i] * width + lane), features + (nint)(group.First + i) * width + lane, (nint)group.Stride * width, work);
    }

    public void OfRow<TLanes, TVector>(float* row, float* features) where TLanes : ILanes<TVector> where TVector : struct
    {
        var work = stackalloc float[MaxKnots * MaxLanes];
        var gathered = features + count;
        foreach (var group in groups)
        {
            for (var i = 0; i < group.Inputs.Length; i++)
                gathered[i] = row[group.Inputs.Pointer[i]];
            for (var i = 0; i < group.Inputs.Length; i += TLanes.Count)
                Evaluate<TLanes, TVector, ManyInputs>(group, i, TLanes.Load(gathered + i), features + group.First + i, group.Stride, work);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Evaluate<TLanes, TVector, TAccess>(KanGroup group, int input, TVector x, float* target, nint stride, float* work)
        where TLanes : ILanes<TVector> where TVector : struct where TAccess : IKnotAccess
    {
        switch (group.Function)
        {
            case KanFunction.BSpline: BSplines<TLanes, TVector, TAccess>(group, input, x, target, stride, work); break;
            case KanFunction.Radial: Radial<TLanes, TVector>(group.Count, x, target, stride); break;
            case KanFunction.Chebyshev: Chebyshev<TLanes, TVector>(group.Count, x, target, stride); break;
            default: TLanes.Store(target, Silu.Invoke<TLanes, TVector>(x)); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BSplines<TLanes, TVector, TAccess>(KanGroup group, int input, TVector x, float* target, nint stride, float* work)
        where TLanes : ILanes<TVector> where TVector : struct where TAccess : IKnotAccess
    {
        var knots = group.Knots.Pointer + input;
        nint distance = group.Stride;
        for (var knot = 0; knot + 1 < group.KnotCount; knot++)
        {
            var isBelowEnd = TLanes.SelectLess(x, TAccess.Get<TLanes, TVector>(knots + (knot + 1) * distance), TLanes.Broadcast(1), default);
            TLanes.Store(work + knot * TLanes.Count, TLanes.SelectLess(x, TAccess.Get<TLanes, TVector>(knots + knot * distance), default, isBelowEnd));
        }
        for (var degree = 1; degree <= group.Order; degree++)
        {
            var reciprocals = group.Reciprocals.Pointer + (nint)(degree - 1) * group.KnotCount * distance + input;
            for (var knot = 0; knot + degree + 1 < group.KnotCount; knot++)
            {
                var rising = TLanes.Multiply(TLanes.Subtract(x, TAccess.Get<TLanes, TVector>(knots + knot * distance)), TAccess.Get<TLanes, TVector>(reciprocals + knot * distance));
                var falling = TLanes.Multiply(TLanes.Subtract(TAccess.Get<TLanes, TVector>(knots + (knot + degree + 1) * distance), x), TAccess.Get<TLanes, TVector>(reciprocals + (knot + 1) * distance));
                var own = work + knot * TLanes.Count;
                TLanes.Store(own, TLanes.MultiplyAdd(rising, TLanes.Load(own), TLanes.Multiply(falling, TLanes.Load(own + TLanes.Count))));
            }
        }
        for (var i = 0; i < group.Count; i++)
            TLanes.Store(target + i * stride, TLanes.Load(work + i * TLanes.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Radial<TLanes, TVector>(int count, TVector x, float* target, nint stride) where TLanes : ILanes<TVector> where TVector : struct
    {
        const float Range = 2;
        var step = 2 * Range / (count - 1);
        // The exponential takes anything for a number.
        var nothing = TLanes.Multiply(Limited<TLanes, TVector>(x), default);
        for (var i = 0; i < count; i++)
        {
            var u = TLanes.Multiply(TLanes.Subtract(x, TLanes.Broadcast(i * step - Range)), TLanes.Broadcast(1 / step));
            TLanes.Store(target + i * stride, TLanes.Add(Elementary.Exp<TLanes, TVector>(TLanes.Subtract(default, TLanes.Multiply(u, u))), nothing));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Chebyshev<TLanes, TVector>(int count, TVector x, float* target, nint stride) where TLanes : ILanes<TVector> where TVector : struct
    {
        var z = Limited<TLanes, TVector>(x);
        var twice = TLanes.Add(z, z);
        // T₋₁ = T₁.
        var (before, now) = (z, TLanes.Broadcast(1));
        for (var i = 0; i < count; i++)
        {
            TLanes.Store(target + i * stride, now);
            (before, now) = (now, TLanes.Subtract(TLanes.Multiply(twice, now), before));
        }
    }

    /// <summary>A number within [-1, 1]; not a number where x is not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Limited<TLanes, TVector>(TVector x) where TLanes : ILanes<TVector> where TVector : struct =>
        TLanes.Max(TLanes.Min(x, TLanes.Broadcast(1)), TLanes.Broadcast(-1));
}
