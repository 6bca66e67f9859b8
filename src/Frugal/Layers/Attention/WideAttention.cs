using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// Multi-head self-attention whose heads have a width of their own, so that their number is free (Brown et al. 2022, arXiv 2210.00640): <c>[batch, tokens, dim]</c> through <c>heads · headDim</c> to the same shape.
/// Weight names: <c>q</c>, <c>k</c>, <c>v</c>, <c>o</c>, each with a bias.
/// </summary>
public sealed class WideAttention : Module<Tensor, Tensor>
{
    private Module<Tensor, Tensor> q, k, v, o;
    private readonly HeadMixing mix;

    /// <param name="dim">Width of a token.</param>
    /// <param name="numHeads">Number of heads.</param>
    /// <param name="headDim">Width of a head; it need not divide <paramref name="dim"/>.</param>
    /// <param name="type">How heads mix the tokens.</param>
    /// <param name="window">Tokens of a block, of local attention.</param>
    /// <param name="projected">Keys and values that are left, of Linformer.</param>
    /// <param name="maxTokens">Most tokens of a sequence.</param>
    /// <param name="dropRate">Share of attention weights that dropout sets to zero in training.</param>
    public WideAttention(long dim, long numHeads, long headDim, AttentionType type = AttentionType.Softmax, long window = 32, long projected = 32, long maxTokens = 512, double dropRate = 0) : base(nameof(WideAttention))
    {
        HeadDim = Guard.AtLeast(headDim, 1, nameof(headDim));
        long inner = Guard.AtLeast(numHeads, 1, nameof(numHeads)) * headDim;
        Type = type;
        q = Linear(dim, inner);
        k = Linear(dim, inner);
        v = Linear(dim, inner);
        o = Linear(inner, dim);
        mix = HeadMixing.Of(type, window, projected, maxTokens, dropRate);
        RegisterComponents();
    }

    /// <summary>Width of a head.</summary>
    public long HeadDim { get; }

    /// <summary>How heads mix the tokens.</summary>
    public AttentionType Type { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => Run(input, null);

    /// <summary>Mixes the tokens.</summary>
    /// <param name="input"><c>[batch, tokens, dim]</c>.</param>
    /// <param name="isToken"><c>[batch, tokens]</c>: 1 for a token, 0 for padding; null where there is none.</param>
    public Tensor Run(Tensor input, Tensor? isToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var heads = mix.Run(Heads(q, input), Heads(k, input), Heads(v, input), isToken);
        return o.call(HeadAttention.Merge(heads)).MoveToOuterDisposeScope();
    }

    /// <summary>The attention map, <c>[batch, heads, queries, keys]</c>: how much of each token a query takes. Of one wide layer it is all there is to read.</summary>
    /// <param name="input"><c>[batch, tokens, dim]</c>.</param>
    /// <param name="isToken"><c>[batch, tokens]</c>: 1 for a token, 0 for padding; null where there is none.</param>
    /// <exception cref="FrugalException">Heads of this type do not weigh tokens.</exception>
    public Tensor Weights(Tensor input, Tensor? isToken = null)
    {
        if (Type != AttentionType.Softmax)
            throw new FrugalException($"An attention map is a matter of softmax attention; this layer's is {Type}");
        using var scope = NewDisposeScope();
        return SoftmaxMixing.Weights(Heads(q, input), Heads(k, input), isToken).MoveToOuterDisposeScope();
    }

    /// <summary>One wide layer with the heads of several: for one input it gives the sum of what they give.</summary>
    /// <param name="layers">Softmax or linear or local attention of one head width and one kind, over the same tokens.</param>
    /// <exception cref="FrugalException">The layers differ, or learn something besides their projections.</exception>
    public static WideAttention Stack(IReadOnlyList<WideAttention> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        if (layers.Count == 0 || layers.Any(layer => layer.HeadDim != layers[0].HeadDim || layer.Type != layers[0].Type || layer.Type == AttentionType.Linformer || layer.WeightOf("q").shape[1] != layers[0].WeightOf("q").shape[1]))
            throw new FrugalException("Heads are stacked from layers of the same width, head width and type of attention, which is not Linformer");
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        long inner = layers.Sum(layer => layer.WeightOf("q").shape[0]);
        var first = layers[0];
        var wide = new WideAttention(first.WeightOf("q").shape[1], inner / first.HeadDim, first.HeadDim, first.Type, (first.mix as LocalMixing)?.Window ?? 1);
        wide.to(first.WeightOf("q").device, first.WeightOf("q").dtype);
        foreach (string name in new[] { "q", "k", "v" })
        {
            wide.WeightOf(name).copy_(cat([.. layers.Select(layer => layer.WeightOf(name))], 0));
            wide.get_parameter($"{name}.bias")!.copy_(cat([.. layers.Select(layer => (Tensor)layer.get_parameter($"{name}.bias")!)], 0));
        }
        wide.WeightOf("o").copy_(cat([.. layers.Select(layer => layer.WeightOf("o"))], 1));
        wide.get_parameter("o.bias")!.copy_(layers.Select(layer => (Tensor)layer.get_parameter("o.bias")!).Aggregate((sum, bias) => sum + bias));
        return wide;
    }

    private Tensor WeightOf(string name) => get_parameter($"{name}.weight")!;

    private Tensor Heads(Module<Tensor, Tensor> projection, Tensor input) => HeadAttention.Split(projection.call(input), HeadDim);
}
