using System.Runtime.Intrinsics;

namespace Frugal.Kernels;

/// <summary>A weight <c>[out, in]</c> of 2, 3 or 4 bits as panels, with what its codes and sums stand for.</summary>
internal sealed unsafe class LowBitPanels
{
    /// <summary>The one value of the shift codes that a signed byte cannot hold; it is computed as 64 + 64.</summary>
    private const short Top = 128;

    private readonly AlignedBuffer<byte> _codes;
    private readonly AlignedBuffer<byte> _constants = new(4 * Panel.StepBytes);

    /// <param name="codes"><c>[out, in]</c>.</param>
    /// <param name="values">What the codes stand for, one for each; -128 to 128.</param>
    /// <param name="scales">A factor for each output, <c>[out]</c>.</param>
    public LowBitPanels(ReadOnlySpan<byte> codes, ReadOnlySpan<short> values, ReadOnlySpan<float> scales, int bits, int outFeatures, int inFeatures)
    {
        (OutFeatures, InFeatures, Bits) = (outFeatures, inFeatures, bits);
        Steps = Panel.Steps(inFeatures, Int8Product.InputsOfWord);
        CodeValues = values.ToArray();
        _codes = new(checked(Panel.Count(outFeatures) * Steps * LowBitLayout.StepBytes(bits)));
        var columnSums = new int[outFeatures];
        for (var i = 0; i < codes.Length; i++)
        {
            var (step, weight) = Place(i / inFeatures, i % inFeatures);
            LowBitLayout.Write(_codes.Span[step..], bits, weight, codes[i]);
            columnSums[i / inFeatures] += values[codes[i]];
            HasTop |= values[codes[i]] == Top;
            NonZeros += values[codes[i]] != 0 ? 1 : 0;
        }
        Outputs = new(scales, columnSums);
        Span<sbyte> bytes = stackalloc sbyte[16], tops = stackalloc sbyte[16];
        for (var code = 0; code < values.Length; code++)
        {
            bytes[code] = (sbyte)(values[code] == Top ? Top / 2 : values[code]);
            tops[code] = (sbyte)(values[code] == Top ? Top / 2 : 0);
        }
        (Values, TopValues) = (Vector128.Create<sbyte>(bytes), Vector128.Create<sbyte>(tops));
        LowBitStep.WriteConstants(_constants.Span, bits, bytes, tops);
    }

    public int OutFeatures { get; }

    public int InFeatures { get; }

    public int Bits { get; }

    public int Steps { get; }

    public OutputCodes Outputs { get; }

    /// <summary>What the codes stand for.</summary>
    public short[] CodeValues { get; }

    /// <summary>The same as bytes, with half of 128.</summary>
    public Vector128<sbyte> Values { get; }

    /// <summary>The other half of 128, and zeros.</summary>
    public Vector128<sbyte> TopValues { get; }

    /// <summary>Whether a weight is 128.</summary>
    public bool HasTop { get; }

    public long NonZeros { get; }

    public long Bytes => _codes.Bytes + _constants.Bytes + Outputs.Bytes;

    public ReadOnlySpan<float> Scales => Outputs.Scales.Span[..OutFeatures];

    public int Code(int output, int input)
    {
        var (step, weight) = Place(output, input);
        return LowBitLayout.Read(_codes.Span[step..], Bits, weight);
    }

    public LowBitProduct Product(Int8Path path, SimdLevel level) => new(this, _codes.Pointer, _constants.Pointer, path, level);

    /// <summary>Where a weight's step begins, and its number in it.</summary>
    private (int Step, int Weight) Place(int output, int input)
    {
        var word = Panel.Word(output, input / Int8Product.InputsOfWord, Steps);
        return (
            word / Panel.Outputs * LowBitLayout.StepBytes(Bits),
            word % Panel.Outputs * Int8Product.InputsOfWord + input % Int8Product.InputsOfWord);
    }
}
