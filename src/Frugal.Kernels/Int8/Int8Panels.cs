namespace Frugal.Kernels;

/// <summary>An int8 weight <c>[out, in]</c> as panels, with what its sums stand for.</summary>
internal sealed unsafe class Int8Panels
{
    /// <summary>Inputs up to which 32 bits hold every sum: 255 · 128 · inputs is below 2³¹.</summary>
    public const int MaxInFeatures = 65_536;

    private readonly AlignedBuffer<sbyte> _weights;

    /// <param name="weight"><c>[out, in]</c>.</param>
    /// <param name="scales">A factor for each output, <c>[out]</c>.</param>
    public Int8Panels(ReadOnlySpan<sbyte> weight, ReadOnlySpan<float> scales, int outFeatures, int inFeatures)
    {
        (OutFeatures, InFeatures) = (outFeatures, inFeatures);
        Steps = Panel.Steps(inFeatures, Int8Product.InputsOfWord);
        _weights = new(checked(Panel.Count(outFeatures) * Steps * Panel.StepBytes));
        var columnSums = new int[outFeatures];
        for (var output = 0; output < outFeatures; output++)
            for (var input = 0; input < inFeatures; input++)
            {
                var value = weight[output * inFeatures + input];
                _weights.Span[Place(output, input)] = value;
                columnSums[output] += value;
            }
        Outputs = new(scales, columnSums);
        NonZeros = (long)weight.Length - weight.Count((sbyte)0);
    }

    /// <exception cref="ArgumentOutOfRangeException">There are more inputs than a sum can hold.</exception>
    public static void CheckInputs(int inFeatures)
    {
        if (inFeatures > MaxInFeatures)
            throw new ArgumentOutOfRangeException(
                nameof(inFeatures), inFeatures, $"inFeatures must be at most {MaxInFeatures}, since sums take 32 bits; got {inFeatures}");
    }

    public int OutFeatures { get; }

    public int InFeatures { get; }

    public int Steps { get; }

    public OutputCodes Outputs { get; }

    public long NonZeros { get; }

    public long Bytes => _weights.Bytes + Outputs.Bytes;

    public ReadOnlySpan<float> Scales => Outputs.Scales.Span[..OutFeatures];

    public sbyte this[int output, int input] => _weights.Span[Place(output, input)];

    /// <summary>The weight, <c>[out, in]</c>.</summary>
    public sbyte[] Weights()
    {
        var weight = new sbyte[OutFeatures * InFeatures];
        for (var i = 0; i < weight.Length; i++)
            weight[i] = this[i / InFeatures, i % InFeatures];
        return weight;
    }

    public Int8Product Product(Int8Path path) => new((byte*)_weights.Pointer, InFeatures, path);

    private int Place(int output, int input) =>
        Panel.Word(output, input / Int8Product.InputsOfWord, Steps) * sizeof(int) + input % Int8Product.InputsOfWord;
}
