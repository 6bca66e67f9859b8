namespace Frugal.Kernels;

/// <summary>
/// A Kolmogorov-Arnold layer whose functions were chosen (Liu et al., 2404.19756; with several families Yang et al., 2408.08338) as one call: for each tile of tokens the functions of all inputs are evaluated once, and
/// meet the coefficients of all outputs as a matrix product.
/// </summary>
/// <remarks>Coefficients that are zero are not multiplied.</remarks>
public sealed class PackedKan : IRowOperator
{
    /// <summary>Positions of features take 16 bits.</summary>
    private const int MaxFeatures = ushort.MaxValue + 1;

    private const int GroupHeight = 16;

    private readonly KanGroup[] _groups;
    private readonly SparseBlocks _coefficients;
    private readonly float[] _bias;

    private PackedKan(int inFeatures, KanGroup[] groups, SparseBlocks coefficients, float[] bias) => (InFeatures, _groups, _coefficients, _bias) = (inFeatures, groups, coefficients, bias);

    /// <inheritdoc/>
    public int InFeatures { get; }

    /// <inheritdoc/>
    public int OutFeatures => _coefficients.OutFeatures;

    /// <summary>Coefficients that are not zero.</summary>
    public long NonZeros => _coefficients.NonZeros;

    /// <summary>Bytes of memory that the layer takes.</summary>
    public long Bytes => _coefficients.Bytes + _groups.Sum(group => group.Bytes);

    /// <summary>Packs a layer.</summary>
    /// <param name="functions">Which functions are taken of which inputs; an input may stand in several.</param>
    /// <param name="coefficients"><c>[out, features]</c>, in the order of <paramref name="functions"/>; within one of them functions are slower than inputs.</param>
    /// <param name="bias"><c>[out]</c>, copied; empty for none.</param>
    /// <exception cref="ArgumentException">Functions, coefficients and bias do not fit each other, or there are more than 65,536 features.</exception>
    public static PackedKan Pack(IReadOnlyList<KanFunctions> functions, ReadOnlySpan<float> coefficients, int outFeatures, int inFeatures, ReadOnlySpan<float> bias = default)
    {
        ArgumentNullException.ThrowIfNull(functions);
        ArgumentOutOfRangeException.ThrowIfLessThan(outFeatures, 1);
        var faults = functions.Select(each => each.Fault(inFeatures)).Where(fault => fault is not null).DefaultIfEmpty(functions.Count == 0 ? "it has no functions" : null);
        if (faults.First() is { } fault)
            throw new ArgumentException($"A Kolmogorov-Arnold layer of {inFeatures} inputs cannot be: {fault}.", nameof(functions));
        var features = functions.Sum(each => (long)each.Features);
        if (coefficients.Length != outFeatures * features)
            throw new ArgumentException($"coefficients has {coefficients.Length} elements; [out = {outFeatures}, features = {features}] needs {outFeatures * features}.", nameof(coefficients));
        if (!bias.IsEmpty && bias.Length != outFeatures)
            throw new ArgumentException($"bias has {bias.Length} elements; [out = {outFeatures}] needs {outFeatures}.", nameof(bias));
        var groups = new List<KanGroup>();
        foreach (var each in functions)
            groups.Add(new(each, groups.Count == 0 ? 0 : groups[^1].End));
        if (groups[^1].End > MaxFeatures)
            throw new ArgumentException($"A layer of {groups[^1].End} features is too wide: positions take 16 bits.", nameof(functions));
        var spread = new float[(long)outFeatures * groups[^1].End];
        for (var output = 0; output < outFeatures; output++)
        {
            var source = coefficients.Slice((int)(output * features), (int)features);
            foreach (var group in groups)
                for (var function = 0; function < group.Count; function++, source = source[group.Inputs.Length..])
                    source[..group.Inputs.Length].CopyTo(spread.AsSpan(output * groups[^1].End + group.First + function * group.Stride));
        }
        return new(inFeatures, [.. groups], SparseBlocks.Pack(spread, outFeatures, groups[^1].End, GroupHeight, hasWindows: false), bias.ToArray());
    }

    /// <inheritdoc/>
    public unsafe void Run(ReadOnlySpan<float> input, int rows, Span<float> output, KernelPool pool)
    {
        var product = new BlockSparseKernel<ushort>(GroupHeight, _coefficients.Starts.Pointer, _coefficients.NarrowColumns!.Pointer, _coefficients.Values.Pointer);
        var kernel = new FeatureKernel<KanFeatures>(new(_groups, _coefficients.InFeatures, InFeatures), product);
        SparseCall.Run(kernel, _coefficients.Starts.Pointer, _coefficients.Groups, OutFeatures, InFeatures, input, rows, output, new() { Bias = _bias }, pool);
        GC.KeepAlive(_coefficients);
        GC.KeepAlive(_groups);
    }
}
