using Frugal.Catalogue;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// Puts learned rows in front of those of a sequence: <c>[…, tokens, dim]</c> to <c>[…, numRows + tokens, dim]</c>. In front of keys and values they are a prefix (Li and Liang 2021, arXiv 2101.00190), in front of
/// the embedded tokens a prompt (Lester et al. 2021, arXiv 2104.08691). The first <c>skip</c> columns of the rows stay zero, for a layer that gives queries beside keys and values. Weight name: <c>weight</c>
/// <c>[numRows, dim - skip]</c>.
/// </summary>
[Entry("learned-rows", Paper = "deft")]
[Capabilities(CombinesWith = ["prefix-tuning", "prompt-tuning"])]
public sealed class LearnedRows : Layer
{
    private readonly Parameter weight;

    /// <param name="numRows">Rows to put in front.</param>
    /// <param name="dim">Width of a row.</param>
    /// <param name="skip">Columns, from the first on, that are zero in them; fewer than <paramref name="dim"/>.</param>
    public LearnedRows([Range(1, 65_536)] long numRows = 20, [Range(1, 1e6)] long dim = 768, [Range(0, 1e6)] long skip = 0) : base(nameof(LearnedRows))
    {
        NumRows = Guard.Between(numRows, 1, 65_536, nameof(numRows));
        Dim = Guard.Between(dim, 1, 1_000_000, nameof(dim));
        Skip = Guard.Between(skip, 0, dim - 1, nameof(skip));
        weight = DenseLayer.ParameterOf(zeros(numRows, dim - skip));
        RegisterComponents();
    }

    /// <summary>Rows to put in front.</summary>
    public long NumRows { get; }

    /// <summary>Width of a row.</summary>
    public long Dim { get; }

    /// <summary>Columns, from the first on, that are zero in the rows.</summary>
    public long Skip { get; }

    /// <summary>Whether a network has such rows somewhere.</summary>
    internal static bool AreIn(nn.Module root) => root.modules().Any(module => module is LearnedRows);

    /// <summary>The rows of a sequence behind those that were put in front of it.</summary>
    /// <param name="sequence"><c>[batch, rows, dim]</c>.</param>
    /// <param name="tokens">How many rows it had.</param>
    internal static Tensor Behind(Tensor sequence, long tokens) => sequence.shape[1] == tokens ? sequence : sequence.narrow(1, sequence.shape[1] - tokens, tokens);

    /// <summary>Begins anew with normally distributed numbers.</summary>
    internal void Draw(double deviation, Generator generator)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        weight.copy_(randn(weight.shape, generator: generator) * deviation);
    }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The input is no sequence of rows this wide.</exception>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.dim() < 2 || input.shape[^1] != Dim)
            throw new FrugalException($"learned rows of width {Dim} go in front of sequences […, tokens, {Dim}], and got [{string.Join(", ", input.shape)}]");
        using var scope = NewDisposeScope();
        var rows = Skip == 0 ? weight : functional.pad(weight, [Skip, 0]);
        return cat([rows.expand([.. input.shape[..^2], NumRows, Dim]), input], -2).MoveToOuterDisposeScope();
    }
}
