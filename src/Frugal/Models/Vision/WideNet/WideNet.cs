using Frugal.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>
/// WideNet for images (Xue et al. 2021, arXiv 2107.11817). Weight names follow the Vision Transformer's where there is such a weight: <c>pos_embed</c>, <c>patch_embed.proj</c>, <c>blocks.attn.qkv</c>,
/// <c>blocks.attn.proj</c>, <c>blocks.mlp.gate</c>, <c>blocks.mlp.experts.0.fc1</c> …, <c>blocks.norm1.0</c> …, <c>norm</c>, <c>pre_logits.fc</c>, <c>head</c>. What blocks share is there once: in files, in the
/// number of parameters, and for steps that replace layers. Features are <c>[batch, 1 + patches, dim]</c>; the first place has no token but only its position.
/// </summary>
public sealed class WideNet : ImageModel
{
    private const double InitialStd = 0.02, InitialBiasStd = 1e-6;

    private readonly SharedBlocks blocks;
    private Parameter pos_embed;
    private Module<Tensor, Tensor> patch_embed, pos_drop, norm, pre_logits, head_drop, head;

    /// <param name="config">What to build.</param>
    /// <exception cref="FrugalException">The patch does not divide the image, the heads do not divide the width, or a token is to go to more experts than there are.</exception>
    public WideNet(WideNetConfig config) : base(config, "widenet")
    {
        long dim = config.EmbedDim;
        (Grid, NumFeatures) = (PatchGrid.For(ImageConfig.ImageSize!.Value, config.PatchSize), dim);
        pos_embed = new Parameter(empty(1, 1 + Grid.Count, dim));
        patch_embed = new PatchEmbedding(InputShape[0], Grid.PatchSize, dim);
        pos_drop = Dropout(config.BlockDropRate);
        var attention = new SelfAttention(dim, config.NumHeads, attentionDropRate: config.AttentionDropRate, projectionDropRate: config.BlockDropRate);
        blocks = new SharedBlocks(config.Depth, attention, config.Mixture.Create(dim, config.HiddenDim, config.Activation, config.BlockDropRate), dim, config.SharesNorms, config.NormEpsilon);
        norm = LayerNorm(dim, config.NormEpsilon);
        pre_logits = config.HasPreLogits ? Sequential(("fc", (Module<Tensor, Tensor>)Linear(dim, dim)), ("act", Tanh())) : Identity();
        head_drop = Dropout(config.DropRate);
        head = CreateClassifier(NumClasses);
        Initialise();
        RegisterComponents();
        LayerGroups =
        [
            ["pos_embed", "patch_embed"],
            .. Enumerable.Range(0, config.Depth).Select(block => blocks.PathsOf(block, nameof(blocks))).Where(paths => paths.Count > 0),
            ["norm", "pre_logits", "head"],
        ];
    }

    /// <inheritdoc/>
    public override string ClassifierPath => "head";

    /// <inheritdoc/>
    public override long NumFeatures { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<string>> LayerGroups { get; }

    private PatchGrid Grid { get; }

    /// <inheritdoc/>
    public override Tensor ForwardFeatures(Tensor input)
    {
        RequireInputShape(input);
        using var scope = NewDisposeScope();
        var patches = patch_embed.call(input) + pos_embed.narrow(1, 1, Grid.Count);
        // The class position's token is the constant zero.
        var tokens = cat([pos_embed.narrow(1, 0, 1).expand(patches.shape[0], -1, -1), patches], 1);
        return norm.call(blocks.call(pos_drop.call(tokens))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor ForwardHead(Tensor features, bool preLogits = false)
    {
        ArgumentNullException.ThrowIfNull(features);
        using var scope = NewDisposeScope();
        var pooled = pre_logits.call(features.mean([1]));
        return (preLogits ? pooled : head.call(head_drop.call(pooled))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override Tensor? AdaptWeight(string name, Tensor saved, IReadOnlyList<long> shape)
    {
        ArgumentNullException.ThrowIfNull(saved);
        return name == "pos_embed" ? PositionEmbedding.Resample(saved, Grid) : null;
    }

    // As published: Glorot's uniform numbers for every matrix of its own, queries, keys and values apart; near-zero biases in the experts, a classifier of zeros.
    private void Initialise()
    {
        init.normal_(pos_embed, std: InitialStd);
        foreach (var (name, parameter) in blocks.named_parameters().Concat(pre_logits.named_parameters()).Where(own => !own.name.StartsWith("norm", StringComparison.Ordinal)))
        {
            if (parameter.dim() == 2)
            {
                double bound = Math.Sqrt(6.0 / (parameter.shape[1] + (name == "attn.qkv.weight" ? NumFeatures : parameter.shape[0])));
                init.uniform_(parameter, -bound, bound);
            }
            else
            {
                init.normal_(parameter, std: name.StartsWith("mlp.experts", StringComparison.Ordinal) ? InitialBiasStd : 0);
            }
        }
        if (head is Linear classifier)
        {
            init.zeros_(classifier.weight);
            init.zeros_(classifier.bias);
        }
    }
}
