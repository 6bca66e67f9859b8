using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary>Takes the signs of a row of inputs, 32 to a word: a bit is set where the input lies below its threshold.</summary>
internal static unsafe class RowBinarizer
{
    private const int InputsOfWord = 32;

    /// <summary>Writes all words of a row; bits behind the last input are zeros, as in the weights.</summary>
    /// <param name="thresholds"><c>[in]</c>; null for zeros.</param>
    /// <returns>The mean magnitude of the row; not a number where one of its values is not.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Run<TLanes, TVector>(float* row, float* thresholds, int count, uint* words, int steps)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        TVector magnitude = default;
        var share = TLanes.Broadcast(1f / count);
        for (var step = 0; step < steps; step++)
        {
            var word = 0u;
            var end = Math.Min(count, (step + 1) * InputsOfWord);
            for (int i = step * InputsOfWord, bit = 0; i < end; i += TLanes.Count, bit += TLanes.Count)
            {
                var isWhole = i + TLanes.Count <= end;
                var value = isWhole ? TLanes.Load(row + i) : TLanes.LoadPartial(row + i, end - i);
                var threshold = thresholds == null ? default
                    : isWhole ? TLanes.Load(thresholds + i) : TLanes.LoadPartial(thresholds + i, end - i);
                word |= TLanes.LessMask(value, threshold) << bit;
                magnitude = TLanes.MultiplyAdd(TLanes.Abs(value), share, magnitude);
            }
            words[step] = word;
        }
        return TLanes.Sum(magnitude);
    }
}
