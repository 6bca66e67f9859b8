namespace Frugal.Kernels;

/// <summary>An int8 weight <c>[out, in]</c> with at most N weights in every four neighbouring inputs as panels, with what its sums stand for.</summary>
internal sealed unsafe class NofMInt8Panels
{
    /// <summary>Neighbouring inputs in a group, a word of the panels.</summary>
    public const int M = Int8Product.InputsOfWord;

    /// <summary>Weights in a group at most: with three the layer would take nearly the bytes of the dense one.</summary>
    public const int MaxN = 2;

    private readonly AlignedBuffer<byte> _weights;

    /// <param name="codes"><c>[out, in]</c>, with the pattern.</param>
    /// <param name="scales">A factor for each output, <c>[out]</c>.</param>
    public NofMInt8Panels(ReadOnlySpan<sbyte> codes, ReadOnlySpan<float> scales, int n, int outFeatures, int inFeatures)
    {
        (OutFeatures, InFeatures, N) = (outFeatures, inFeatures, n);
        Steps = Panel.Steps(inFeatures, M);
        _weights = new(checked(Panel.Count(outFeatures) * Steps * NofMInt8Layout.StepBytes(n)));
        var columnSums = new int[outFeatures];
        for (var output = 0; output < Panel.Count(outFeatures) * Panel.Outputs; output++)
            for (var step = 0; step < Steps; step++)
            {
                var four = output < outFeatures && step * M < inFeatures ? codes.Slice(output * inFeatures + step * M, Math.Min(M, inFeatures - step * M)) : [];
                NofMInt8Layout.Write(_weights.Span[Place(output, step)..], n, output % Panel.Outputs, four);
                foreach (var code in four)
                    columnSums[output] += code;
            }
        Outputs = new(scales, columnSums);
        NonZeros = (long)codes.Length - codes.Count((sbyte)0);
    }

    public int OutFeatures { get; }

    public int InFeatures { get; }

    public int N { get; }

    public int Steps { get; }

    public OutputCodes Outputs { get; }

    public long NonZeros { get; }

    public long Bytes => _weights.Bytes + Outputs.Bytes;

    public ReadOnlySpan<float> Scales => Outputs.Scales.Span[..OutFeatures];

    /// <summary>Groups of an output.</summary>
    public static int Groups(int inFeatures) => (inFeatures + M - 1) / M;

    /// <summary>The dense weight, <c>[out, in]</c>.</summary>
    public sbyte[] Codes()
    {
        var codes = new sbyte[OutFeatures * InFeatures];
        for (var output = 0; output < OutFeatures; output++)
            for (var step = 0; step * M < InFeatures; step++)
                NofMInt8Layout.Read(_weights.Span[Place(output, step)..], N, output % Panel.Outputs, codes.AsSpan(output * InFeatures + step * M, Math.Min(M, InFeatures - step * M)));
        return codes;
    }

    public NofMInt8Product Product(Int8Path path) => new(N, InFeatures, _weights.Pointer, path);

    /// <summary>Where a step of the panel of an output begins.</summary>
    private int Place(int output, int step) => (output / Panel.Outputs * Steps + step) * NofMInt8Layout.StepBytes(N);
}
