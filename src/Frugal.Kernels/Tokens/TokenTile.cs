using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary>
/// Turns tiles of matrices: kernels for many rows keep the tokens in the lanes of vectors, so inputs come in <c>[tokens, in]</c> and are
/// laid as <c>[in, tokens]</c>, and sums go back the other way.
/// </summary>
internal static unsafe class TokenTile
{
    /// <summary>Lays <paramref name="tokens"/> rows of the input as columns. Lanes without a token are zeros.</summary>
    /// <param name="input">First row of the tile, <c>[tokens, inFeatures]</c>.</param>
    /// <param name="target">The tile, <c>[inFeatures, width]</c>.</param>
    /// <param name="width">Lanes of the tile, a multiple of the vector's.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Load<TLanes, TVector>(float* input, int inFeatures, int tokens, float* target, int width)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        for (var first = 0; first < width; first += TLanes.Count)
        {
            var rows = Math.Min(TLanes.Count, tokens - first);
            var source = input + (nint)first * inFeatures;
            var i = 0;
            if (rows == TLanes.Count)
                for (; i + TLanes.Count <= inFeatures; i += TLanes.Count)
                    TLanes.Transpose(source + i, inFeatures, target + (nint)i * width + first, width);
            if (i < inFeatures)
                Edge<TLanes, TVector>(source, inFeatures, rows, i, target + first, width);
        }
    }

    /// <summary>Lays sums of outputs, <c>[outputs, width]</c>, as the output needs them, <c>[lanes of a vector, pitch]</c>.</summary>
    /// <param name="sums">The sums of the vector's tokens, readable up to a whole number of vectors of outputs.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Turn<TLanes, TVector>(float* sums, int outputs, int width, float* target, nint pitch)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        for (var output = 0; output < outputs; output += TLanes.Count)
            TLanes.Transpose(sums + (nint)output * width, width, target + output, pitch);
    }

    /// <summary>Squares that hang over the edge of the input go through one that is filled up with zeros.</summary>
    private static void Edge<TLanes, TVector>(float* source, int inFeatures, int rows, int firstColumn, float* target, int width)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        var square = stackalloc float[TLanes.Count * TLanes.Count];
        var turned = stackalloc float[TLanes.Count * TLanes.Count];
        for (var i = firstColumn; i < inFeatures; i += TLanes.Count)
        {
            var columns = Math.Min(TLanes.Count, inFeatures - i);
            for (var row = 0; row < rows; row++)
                TLanes.Store(square + row * TLanes.Count, TLanes.LoadPartial(source + (nint)row * inFeatures + i, columns));
            TLanes.Transpose(square, TLanes.Count, turned, TLanes.Count);
            for (var column = 0; column < columns; column++)
                TLanes.Store(target + (nint)(i + column) * width, TLanes.Load(turned + column * TLanes.Count));
        }
    }
}
