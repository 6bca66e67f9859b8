using Frugal.Kernels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Packed;

/// <summary>
/// The arrays of a packed weight, and a bias, as buffers of the layer that they belong to, so that a packed model saves and loads like any other; what comes from a file is checked before
/// a kernel uses it.
/// </summary>
internal sealed class PackedBuffers
{
    private const string BiasName = "bias";

    private readonly Module layer;
    private readonly string format;
    private readonly IReadOnlyList<PackedArrayShape> arrays;
    private readonly bool hasBias;
    private readonly int outFeatures, inFeatures;
    private IPackedLinear? weight;

    /// <summary>Gives a layer its buffers, zeros until they are filled.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="format">Format of the packed weight.</param>
    /// <param name="arrays">The arrays that the format holds.</param>
    /// <param name="outFeatures">Outputs of the weight.</param>
    /// <param name="inFeatures">Inputs of the weight.</param>
    /// <param name="hasBias">Whether there is a bias <c>[out]</c>.</param>
    public PackedBuffers(Module layer, string format, IReadOnlyList<PackedArrayShape> arrays, int outFeatures, int inFeatures, bool hasBias)
    {
        (this.layer, this.format, this.arrays, this.outFeatures, this.inFeatures, this.hasBias) = (layer, format, arrays, outFeatures, inFeatures, hasBias);
        foreach (var array in arrays)
            layer.register_buffer(array.Buffer, zeros(array.Length, array.Type));
        if (hasBias)
            layer.register_buffer(BiasName, zeros(outFeatures, float32));
        // The layer owns its arrays, whatever dispose scope is open.
        foreach (var buffer in layer.buffers())
            buffer.DetachFromDisposeScope();
    }

    /// <summary>The weight as the kernels hold it.</summary>
    /// <exception cref="FrugalException">The arrays that were loaded contradict each other.</exception>
    public IPackedLinear Weight => weight ??= Import();

    /// <summary>The bias <c>[out]</c>, or null.</summary>
    public Tensor? Bias => hasBias ? Buffer(BiasName) : null;

    /// <summary>The bias as plain numbers, empty where there is none.</summary>
    public float[] BiasValues() => Bias is { } bias ? PlainNumbers.Of(bias) : [];

    /// <summary>A copy of the bias that belongs to no dispose scope, or null.</summary>
    public Tensor? CopyOfBias() => Bias?.to(float32, CPU, copy: true).DetachFromDisposeScope();

    /// <summary>The arrays of a packed weight.</summary>
    public static IReadOnlyList<PackedArrayShape> ShapesOf(PackedArrays exported) =>
        [.. exported.Arrays.Select(array => new PackedArrayShape(array.Key, array.Value.Element, array.Value.Length))];

    /// <summary>Fills the buffers.</summary>
    /// <param name="packed">The weight.</param>
    /// <param name="exported">Its arrays.</param>
    /// <param name="bias">Its bias <c>[out]</c>, or null; copied.</param>
    public void Fill(IPackedLinear packed, PackedArrays exported, Tensor? bias)
    {
        weight = packed;
        foreach (var shape in arrays)
            exported.Arrays[shape.Name].Data.Span.CopyTo(Buffer(shape.Buffer).bytes);
        using var mode = no_grad();
        if (bias is not null)
            Buffer(BiasName).copy_(bias);
    }

    /// <summary>The weight with zeros where nothing is stored, <c>[out, in]</c>.</summary>
    public float[] DenseValues()
    {
        float[] values = new float[(long)outFeatures * inFeatures];
        Weight.Unpack(values);
        return values;
    }

    private IPackedLinear Import()
    {
        using var scope = NewDisposeScope();
        var plain = arrays.ToDictionary(
            array => array.Name, array => new PackedArray(array.Element, array.Length, Buffer(array.Buffer).to(array.Type, CPU).contiguous().bytes.ToArray()));
        var imported = PackedLinear.Import(new(format, plain));
        return imported.InFeatures == inFeatures && imported.OutFeatures == outFeatures
            ? imported
            : throw new FrugalException($"A packed layer of {inFeatures} inputs and {outFeatures} outputs holds a weight [{imported.OutFeatures}, {imported.InFeatures}]. Pack the model again.");
    }

    // By name, since moving a module to another device or type puts other tensors in their place.
    private Tensor Buffer(string name) => layer.get_buffer(name)!;
}
