using System.Globalization;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Pruning;

/// <summary>
/// Which weights are pruned together: each by itself (<c>unstructured</c>), or blocks of neighbouring outputs at the same input position (<c>4x1</c>, or another number of outputs).
/// </summary>
/// <param name="Outputs">Outputs in a block; 1 for unstructured.</param>
/// <remarks>
/// A block lets a kernel load every activation once for all of its outputs, which doubles the speed at equal sparsity. Outputs that do not fill a last block form a smaller one.
/// </remarks>
public readonly record struct BlockPattern(int Outputs)
{
    private const int MostOutputs = 64;

    /// <summary>Every weight by itself.</summary>
    public static readonly BlockPattern Unstructured = new(1);

    /// <summary>Four neighbouring outputs share their positions.</summary>
    public static readonly BlockPattern FourByOne = new(4);

    /// <summary>Reads <c>unstructured</c> or <c>4x1</c>.</summary>
    /// <exception cref="FormatException">The text is neither, or the block is too large.</exception>
    public static BlockPattern Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == "unstructured")
            return Unstructured;
        if (text.EndsWith("x1", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(0, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out int outputs) && outputs is >= 1 and <= MostOutputs)
            return new(outputs);
        throw new FormatException($"'{text}' is not a block pattern: write unstructured, 4x1, or another number of outputs up to {MostOutputs} before x1");
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => Outputs == 1 ? "unstructured" : $"{Outputs}x1";

    /// <summary>Root mean square of every block: for single weights their magnitude.</summary>
    /// <param name="weights"><c>[outputs, ...]</c>.</param>
    /// <returns>A vector with one entry a block, blocks of the first outputs first.</returns>
    public Tensor Scores(Tensor weights)
    {
        if (Outputs == 1)
            return weights.abs().flatten();
        var parts = Parts(weights.flatten(1)).Select(part => part.pow(2).mean([1]).sqrt().flatten());
        return cat([.. parts]);
    }

    /// <summary>Spreads one value a block over the weights of the block.</summary>
    /// <param name="blocks">A vector as <see cref="Scores"/> gives it.</param>
    /// <param name="shape">Shape of the weights.</param>
    public Tensor Spread(Tensor blocks, long[] shape)
    {
        if (Outputs == 1)
            return blocks.reshape(shape);
        long columns = shape.Skip(1).Aggregate(1L, (product, length) => product * length);
        return blocks.reshape(-1, columns).repeat_interleave(Outputs, 0).narrow(0, 0, shape[0]).reshape(shape);
    }

    /// <summary>Whole blocks <c>[blocks, outputs, columns]</c>, and what is left over as one smaller block.</summary>
    private IEnumerable<Tensor> Parts(Tensor matrix)
    {
        long whole = matrix.shape[0] / Outputs, rest = matrix.shape[0] % Outputs;
        if (whole > 0)
            yield return matrix.narrow(0, 0, whole * Outputs).reshape(whole, Outputs, -1);
        if (rest > 0)
            yield return matrix.narrow(0, whole * Outputs, rest).unsqueeze(0);
    }
}
