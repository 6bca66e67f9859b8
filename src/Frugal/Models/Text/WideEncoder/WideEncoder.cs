using Frugal.Graphs;
using Frugal.Layers;
using Frugal.Models.Text.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>
/// The encoder of <see cref="WideEncoderConfig"/>. Weight names: <c>embed</c>, <c>position</c>, <c>layers.0.norm1</c>, <c>layers.0.attn.q</c> …, <c>layers.0.norm2</c>, <c>layers.0.ffn.fc1</c>, …, <c>norm</c>,
/// <c>head</c>.
/// </summary>
internal sealed class WideEncoder : TextModel
{
    private readonly Embedding embed, position;
    private readonly ModuleList<WideEncoderLayer> layers;
    private readonly Module<Tensor, Tensor> norm;
    private Module<Tensor, Tensor>? head;

    public WideEncoder(WideEncoderConfig config) : base(config)
    {
        embed = Embedding(config.VocabularySize, config.HiddenSize);
        position = Embedding(config.MaxPositions, config.HiddenSize);
        layers = ModuleList([.. Enumerable.Range(0, config.NumLayers).Select(_ => new WideEncoderLayer(config))]);
        norm = LayerNorm(config.HiddenSize, config.LayerNormEpsilon);
        head = Head == TextHead.None ? null : Linear(config.HiddenSize, NumClasses);
        RegisterComponents();
    }

    public override string ClassifierPath => Head == TextHead.None ? "" : "head";

    // Blocks and projections along the sequence are cut for one length.
    public override IReadOnlyList<DynamicLength> DynamicLengths => ((WideEncoderConfig)Config).Attention is AttentionType.Softmax or AttentionType.Linear ? base.DynamicLengths : [];

    internal override IReadOnlyList<string> HeadPaths => ["head"];

    public override IReadOnlyList<IReadOnlyList<string>> LayerGroups => [.. base.LayerGroups.SkipLast(1), [nameof(norm), .. HeadPaths]];

    internal override CheckpointLayout Layout { get; } = new("");

    /// <summary>The layers, from input to output.</summary>
    internal IEnumerable<WideEncoderLayer> Layers => layers;

    protected override IReadOnlyList<string> EmbeddingPaths => ["embed", "position"];

    protected override string LayersPath => "layers";

    protected override void InitializeSpecialWeights() => TextInitializer.ClearPadding(embed.weight!, TextConfig.PaddingId);

    protected override IReadOnlyList<Tensor> Encode(TextBatch batch, KeyValueCache? cache)
    {
        var places = arange(batch.InputIds.shape[1], int64, batch.InputIds.device).unsqueeze(0);
        List<Tensor> hidden = [embed.call(batch.InputIds) + position.call(places)];
        foreach (var layer in layers)
            hidden.Add(layer.Run(hidden[^1], batch.AttentionMask));
        hidden.Add(Weighed(norm.call(hidden[^1]), batch.AttentionMask));
        return hidden;
    }

    protected override TextOutput Judge(TextOutput output)
    {
        if (Head == TextHead.None)
            return output;
        var last = output.Hidden[^1];
        return output with { Logits = head!.call(((WideEncoderConfig)Config).Pool == TokenPool.Mean ? last.mean([1]) : last.select(1, 0)) };
    }

    // Padding counts nothing and the rest more, so that the plain mean over all places is the mean over the tokens.
    private Tensor Weighed(Tensor last, Tensor? isToken)
    {
        if (isToken is null || ((WideEncoderConfig)Config).Pool != TokenPool.Mean)
            return last;
        var kept = isToken.to(last.dtype);
        return last * (kept * (last.shape[1] / kept.sum([1], keepdim: true).clamp_min(1))).unsqueeze(-1);
    }
}
