namespace Frugal.Kernels;

/// <summary>
/// A weight <c>[out, in]</c> of signed codes of 4 or 8 bits, with a scale for each group of neighbouring inputs of an output. A word holds the codes of eight (or four) inputs, the first in
/// the lowest bits:
/// </summary>
/// <remarks>
///     panel 0:  step 0: [word of output 0 │ … │ word of output 15]  step 1: […]  …      group 0: [16 scales]  …
/// What lies behind the last input and output is zero.
/// </remarks>
internal sealed class WeightOnlyPanels
{
    /// <param name="codes"><c>[out, in]</c>.</param>
    /// <param name="scales"><c>[out, groups]</c>.</param>
    public WeightOnlyPanels(ReadOnlySpan<sbyte> codes, ReadOnlySpan<float> scales, int bits, int groupSize, int outFeatures, int inFeatures)
    {
        (OutFeatures, InFeatures, Bits, GroupSize) = (outFeatures, inFeatures, bits, groupSize);
        Words = new(checked(Strips * StripPanels * Steps * Panel.Outputs));
        Scales = new(checked(Strips * StripPanels * Groups * Panel.Outputs));
        for (var i = 0; i < codes.Length; i++)
        {
            var (output, input) = (i / inFeatures, i % inFeatures);
            Words.Span[Word(output, input)] |= (codes[i] & ((1 << bits) - 1)) << Shift(input);
            NonZeros += codes[i] != 0 ? 1 : 0;
        }
        for (var i = 0; i < scales.Length; i++)
            Scales.Span[(i / Groups / Panel.Outputs * Groups + i % Groups) * Panel.Outputs + i / Groups % Panel.Outputs] = scales[i];
    }

    /// <summary>Panels whose sums are stored together: four cache lines of a row of the output.</summary>
    public const int StripPanels = 4;

    public int OutFeatures { get; }

    public int InFeatures { get; }

    public int Bits { get; }

    /// <summary>Inputs that share a scale; a multiple of the inputs of a word.</summary>
    public int GroupSize { get; }

    /// <summary>Inputs in a word.</summary>
    public int InputsOfWord => 32 / Bits;

    public int Steps => (InFeatures + InputsOfWord - 1) / InputsOfWord;

    public int Groups => GroupsOf(InFeatures, GroupSize);

    public int Strips => (OutFeatures + StripPanels * Panel.Outputs - 1) / (StripPanels * Panel.Outputs);

    public AlignedBuffer<int> Words { get; }

    public AlignedBuffer<float> Scales { get; }

    public long NonZeros { get; }

    public long Bytes => Words.Bytes + Scales.Bytes;

    public static int GroupsOf(int inFeatures, int groupSize) => (inFeatures + groupSize - 1) / groupSize;

    /// <summary>The code of a weight.</summary>
    public int Code(int output, int input) => Words.Span[Word(output, input)] << (32 - Bits - Shift(input)) >> (32 - Bits);

    /// <summary>The scale of a weight.</summary>
    public float Scale(int output, int group) => Scales.Span[(output / Panel.Outputs * Groups + group) * Panel.Outputs + output % Panel.Outputs];

    private int Word(int output, int input) => Panel.Word(output, input / InputsOfWord, Steps);

    private int Shift(int input) => input % InputsOfWord * Bits;
}
