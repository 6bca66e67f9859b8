using Frugal.Catalogue;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// A table of vectors by number, <c>[…]</c> ids to <c>[…, dim]</c>, each row of which is <c>±A_i</c> with a scale of its own; the mean that signs are taken around is that of the whole table (Xing et al. 2024, BiPFT). Weight
/// name: <c>weight</c> <c>[numEmbeddings, dim]</c>, the numbers that it is trained through.
/// </summary>
[Entry("binary-embedding", Paper = "bipft")]
[Capabilities(CombinesWith = ["bipft", "binary-transformer"])]
public sealed class BinaryEmbedding : Layer
{
    private readonly Parameter weight;

    /// <param name="numEmbeddings">Rows of the table.</param>
    /// <param name="dim">Width of a row.</param>
    /// <param name="paddingId">The row that training leaves as it is; -1 for none.</param>
    public BinaryEmbedding([Range(1, 1e7)] long numEmbeddings, [Range(1, 1e6)] long dim, [Range(-1, 1e7)] long paddingId = -1) : base(nameof(BinaryEmbedding))
    {
        NumEmbeddings = Guard.Between(numEmbeddings, 1, 10_000_000, nameof(numEmbeddings));
        Dim = Guard.Between(dim, 1, 1_000_000, nameof(dim));
        PaddingId = Guard.Between(paddingId, -1, 10_000_000, nameof(paddingId));
        using var scope = NewDisposeScope();
        weight = DenseLayer.ParameterOf(randn(numEmbeddings, dim));
        RegisterComponents();
    }

    /// <summary>Rows of the table.</summary>
    public long NumEmbeddings { get; }

    /// <summary>Width of a row.</summary>
    public long Dim { get; }

    /// <summary>The row that training leaves as it is; -1 for none.</summary>
    public long PaddingId { get; }

    /// <summary>The numbers that it is trained through, <c>[numEmbeddings, dim]</c>.</summary>
    public Parameter Weight => weight;

    /// <summary>The table that begins with the numbers of a dense one.</summary>
    /// <param name="dense">The dense table; it stays the caller's.</param>
    /// <param name="paddingId">The row that training leaves as it is, or null.</param>
    public static BinaryEmbedding Of(Embedding dense, long? paddingId)
    {
        ArgumentNullException.ThrowIfNull(dense);
        using var mode = no_grad();
        var layer = new BinaryEmbedding(dense.weight!.shape[0], dense.weight.shape[1], paddingId ?? -1);
        layer.weight.copy_(dense.weight);
        layer.to(dense.weight.device, dense.weight.dtype);
        return layer;
    }

    /// <summary>The numbers behind a table, dense or binary, for a decoder that shares them.</summary>
    /// <exception cref="FrugalException">It is neither.</exception>
    internal static Tensor WeightOf(nn.Module table) => table switch
    {
        Embedding dense => dense.weight!,
        BinaryEmbedding binary => binary.Weight,
        _ => throw new FrugalException($"the table of words is a {table.GetName()} by now, and the decoder needs its weight"),
    };

    /// <summary>The binary form of a network's table.</summary>
    /// <exception cref="FrugalException">It is none of torch's any more.</exception>
    internal static BinaryEmbedding Like(nn.Module table, long? paddingId) => table is Embedding dense
        ? Of(dense, paddingId)
        : throw new FrugalException($"the table of words is a {table.GetName()} by now, which cannot become binary");

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var rows = weight.index_select(0, input.flatten()).view([.. input.shape, Dim]);
        if (PaddingId >= 0 && is_grad_enabled())
            rows = where(input.ne(PaddingId).unsqueeze(-1), rows, rows.detach());
        return BinaryMath.Rows(rows, weight.detach().mean()).MoveToOuterDisposeScope();
    }
}
