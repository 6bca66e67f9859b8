using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary>
/// Turns tiles of matrices: kernels for many rows keep the tokens in the lanes of a vector, so inputs come in
/// <c>[tokens, in]</c> and are laid as <c>[in, tokens]</c>, and sums go back the other way.
/// </summary>
internal static unsafe class TokenTile
{
    /// <summary>Lays <paramref name="tokens"/> rows of the input as columns. Lanes without a token repeat the last one; nobody stores them.</summary>
    /// <param name="input">First row of the tile, <c>[tokens, inFeatures]</c>.</param>
    /// <param name="target">The tile, <c>[inFeatures, width]</c>.</param>
    /// <param name="width">Lanes of the tile, a multiple of the vector's.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Load<TLanes, TVector>(float* input, int inFeatures, int tokens, float* target, int width)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        var whole = inFeatures - inFeatures % TLanes.Count;
        for (var first = 0; first < width; first += TLanes.Count)
        {
            var lastRow = tokens - 1 - first;
            var source = input + (nint)first * inFeatures;
            for (var i = 0; i < whole; i += TLanes.Count)
                TLanes.Transpose(source + i, inFeatures, lastRow, target + (nint)i * width + first, width);
            for (var i = whole; i < inFeatures; i++)
                for (var lane = 0; lane < TLanes.Count; lane++)
                    target[(nint)i * width + first + lane] = source[(nint)Math.Min(lane, lastRow) * inFeatures + i];
        }
    }

    /// <summary>Turns sums of <paramref name="outputs"/> outputs, <c>[outputs, width]</c>, into <c>[width, pitch]</c>.</summary>
    /// <param name="pitch">Floats from one token to the next in the target, at least the outputs rounded up to whole vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Turn<TLanes, TVector>(float* sums, int outputs, int width, float* target, nint pitch)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        for (var output = 0; output < outputs; output += TLanes.Count)
            for (var token = 0; token < width; token += TLanes.Count)
                TLanes.Transpose(sums + (nint)output * width + token, width, outputs - 1 - output, target + token * pitch + output, pitch);
    }
}
