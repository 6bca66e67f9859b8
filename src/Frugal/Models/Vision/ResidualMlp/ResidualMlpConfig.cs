using Frugal.Catalogue;
using Frugal.Layers;

namespace Frugal.Models.Vision;

/// <summary>
/// A transformer without attention: the flattened image is embedded, then blocks of <c>x + fc2(act(fc1(norm(x))))</c>, or gated ones, follow. A small subject for methods that act on the linear layers of
/// transformers.
/// </summary>
[Entry("residual-mlp")]
public sealed record ResidualMlpConfig : ImageModelConfig
{
    /// <summary>Width of the embedding.</summary>
    [Range(1, 65_536)]
    public int Width { get; init => field = Guard.Between(value, 1, 65_536); } = 96;

    /// <summary>Units between the two layers of a block.</summary>
    [Range(1, 65_536)]
    public int HiddenSize { get; init => field = Guard.Between(value, 1, 65_536); } = 384;

    /// <summary>Number of blocks.</summary>
    [Range(1, 1000)]
    public int Depth { get; init => field = Guard.Between(value, 1, 1000); } = 3;

    /// <summary>Non-linearity of the blocks that are not gated.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>Whether blocks are gated: <c>down(silu(gate(x)) ⊙ up(x))</c> without biases, as in LLaMA.</summary>
    public bool IsGated { get; init; }

    /// <inheritdoc/>
    public override PublishedInput PublishedInput => PublishedInput.Digits;

    /// <inheritdoc/>
    public override double LeastParameters => (IsGated ? 3.0 : 2.0) * Width * HiddenSize * Depth;

    internal override ModelConfig? WithFeedForward(long hidden) => this with { HiddenSize = (int)hidden };

    /// <inheritdoc/>
    protected override Model Create() => new ResidualMlp(this);
}
