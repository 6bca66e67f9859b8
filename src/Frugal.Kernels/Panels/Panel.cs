namespace Frugal.Kernels;

/// <summary>
/// The layout that all products with coded inputs share. A panel is sixteen neighbouring outputs; a step is one 32-bit word of a row's
/// codes, and for it a panel holds 64 bytes, a word for each output:
/// </summary>
/// <remarks>
///     panel 0:  step 0: [word of output 0 │ … │ word of output 15]  step 1: […]  …
///     panel 1:  …
/// A word is four int8 weights or 32 signs. Panels come in pairs and steps in pairs, filled up with what adds nothing.
/// </remarks>
internal static class Panel
{
    /// <summary>Outputs in a panel.</summary>
    public const int Outputs = 16;

    /// <summary>Bytes of a panel for a step.</summary>
    public const int StepBytes = Outputs * sizeof(int);

    /// <summary>Panels that hold so many outputs.</summary>
    public static int Count(int outFeatures) => RoundUp(outFeatures, 2 * Outputs) / Outputs;

    /// <summary>Steps of so many inputs.</summary>
    public static int Steps(int inFeatures, int inputsOfWord) => RoundUp(inFeatures, 2 * inputsOfWord) / inputsOfWord;

    /// <summary>Bytes between rows of codes: an odd number of cache lines, so that rows do not push each other out of the first cache.</summary>
    public static int Pitch(int steps) => RoundUp(steps * sizeof(int), AlignedBuffer<byte>.Alignment) | AlignedBuffer<byte>.Alignment;

    /// <summary>Place of a word in the panels.</summary>
    public static int Word(int output, int step, int steps) => (output / Outputs * steps + step) * Outputs + output % Outputs;

    private static int RoundUp(int value, int multiple) => checked(value + multiple - 1) / multiple * multiple;
}
