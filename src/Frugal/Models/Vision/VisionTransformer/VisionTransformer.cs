using Frugal.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>
/// Vision Transformer (Dosovitskiy et al. 2020, arXiv 2010.11929), with timm's weight names: <c>cls_token</c>, <c>pos_embed</c>, <c>patch_embed.proj</c>,
/// <c>blocks.0.norm1</c>, <c>blocks.0.attn.qkv</c> … <c>blocks.0.mlp.fc2</c>, <c>norm</c> (<c>fc_norm</c> when the mean is pooled), <c>head</c>.
/// Features are <c>[batch, 1 + patches, dim]</c>, the class token first.
/// </summary>
public sealed class VisionTransformer : ImageModel
{
    private const double InitialStd = 0.02;

    private readonly TokenPooling pooling;
    private Parameter cls_token, pos_embed;
    private Module<Tensor, Tensor> patch_embed, pos_drop, blocks, norm, fc_norm, head;

    /// <param name="config">What to build.</param>
    /// <exception cref="FrugalException">The patch does not divide the image, or the heads do not divide the width.</exception>
    public VisionTransformer(VisionTransformerConfig config) : base(config, "vit")
    {
        long dim = config.EmbedDim;
        var grid = PatchGrid.For(ImageConfig.ImageSize!.Value, config.PatchSize);
        (Grid, NumFeatures, pooling) = (grid, dim, config.Pooling);
        cls_token = new Parameter(empty(1, 1, dim));
        pos_embed = new Parameter(empty(1, 1 + grid.Count, dim));
        patch_embed = new PatchEmbedding(InputShape[0], grid.PatchSize, dim);
        pos_drop = Dropout(config.DropRate);
        blocks = Sequential(Enumerable.Range(0, config.Depth).Select(block => (Module<Tensor, Tensor>)new TransformerBlock(config, DropPathRateOf(config, block))));
        norm = pooling == TokenPooling.Token ? LayerNorm(dim, config.NormEpsilon) : Identity();
        fc_norm = pooling == TokenPooling.Average ? LayerNorm(dim, config.NormEpsilon) : Identity();
        head = CreateClassifier(NumClasses);
        Initialise();
        RegisterComponents();
        LayerGroups =
        [
            ["cls_token", "pos_embed", "patch_embed"],
            .. Enumerable.Range(0, config.Depth).Select(block => (IReadOnlyList<string>)[$"blocks.{block}"]),
            ["norm", "fc_norm", "head"],
        ];
    }

    /// <inheritdoc/>
    public override string ClassifierPath => "head";

    /// <inheritdoc/>
    public override long NumFeatures { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<string>> LayerGroups { get; }

    internal override string TokensPath => "pos_drop";

    internal PatchGrid Grid { get; }

    /// <inheritdoc/>
    public override Tensor ForwardFeatures(Tensor input)
    {
        RequireInputShape(input);
        using var scope = NewDisposeScope();
        var patches = patch_embed.call(input);
        var tokens = cat([cls_token.expand(patches.shape[0], -1, -1), patches], 1) + pos_embed;
        return LearnedRows.Behind(norm.call(blocks.call(pos_drop.call(tokens))), tokens.shape[1]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor ForwardHead(Tensor features, bool preLogits = false)
    {
        ArgumentNullException.ThrowIfNull(features);
        using var scope = NewDisposeScope();
        var pooled = pooling == TokenPooling.Token ? features.select(1, 0) : features.narrow(1, 1, features.shape[1] - 1).mean([1]);
        pooled = fc_norm.call(pooled);
        return (preLogits ? pooled : head.call(pooled)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override Tensor? AdaptWeight(string name, Tensor saved, IReadOnlyList<long> shape)
    {
        ArgumentNullException.ThrowIfNull(saved);
        return name == "pos_embed" ? PositionEmbedding.Resample(saved, Grid) : null;
    }

    private static double DropPathRateOf(VisionTransformerConfig config, int block) =>
        config.Depth > 1 ? config.DropPathRate * block / (config.Depth - 1) : config.DropPathRate;

    // As timm: linear layers and positions from a normal distribution, biases zero, the class token near zero, the patch convolution as a linear layer of its fan-in.
    // timm truncates at a hundred standard deviations, which no number reaches. TorchSharp 0.107's trunc_normal_ multiplies by the mean and adds the deviation: every number becomes
    // 0.02, but one in 2^24, an infinite one times a mean of 0, becomes NaN.
    private void Initialise()
    {
        init.normal_(cls_token, std: 1e-6);
        init.normal_(pos_embed, std: InitialStd);
        foreach (var linear in blocks.modules().OfType<Linear>().Append(head).OfType<Linear>())
        {
            init.normal_(linear.weight, std: InitialStd);
            if (linear.bias is { } bias)
                init.zeros_(bias);
        }
    }
}
