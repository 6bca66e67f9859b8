using Frugal.Catalogue;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A frozen linear layer with a trained low-rank update: <c>y = x W*ᵀ + (α/r) (x Aᵀ) Bᵀ + bias</c>, <c>[…, in]</c> to <c>[…, out]</c> (Hu et al. 2021, LoRA). Weight names as in the PEFT library:
/// <c>base_layer.weight</c>, <c>base_layer.bias</c>, <c>lora_A.weight</c> <c>[rank, in]</c>, <c>lora_B.weight</c> <c>[out, rank]</c>.
/// </summary>
[Entry("lora-linear", Paper = "lora-limits")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["lora", "merge-lora"], ChangesShapes = true)]
public sealed class LoraLinear : Layer
{
    private Module<Tensor, Tensor> base_layer, lora_dropout, lora_A, lora_B;

    /// <param name="inFeatures">Width of the input.</param>
    /// <param name="outFeatures">Width of the output.</param>
    /// <param name="rank">Rank of the update, r.</param>
    /// <param name="alpha">Strength of the update, α; it is divided by the rank.</param>
    /// <param name="dropRate">Share of the update's inputs that dropout sets to zero in training.</param>
    /// <param name="hasBias">True when the frozen layer adds a bias.</param>
    public LoraLinear(
        [Range(1, 1e6)] long inFeatures, [Range(1, 1e6)] long outFeatures, [Range(1, 65_536)] long rank = 8, [Range(0, 1e9, AboveLow = true)] double alpha = 16,
        [Range(0, 1, BelowHigh = true)] double dropRate = 0, bool hasBias = true)
        : this(
            Linear(Guard.Between(inFeatures, 1, 1_000_000, nameof(inFeatures)), Guard.Between(outFeatures, 1, 1_000_000, nameof(outFeatures)), hasBias), rank, alpha, dropRate)
    {
    }

    private LoraLinear(Linear frozen, long rank, double alpha, double dropRate) : base(nameof(LoraLinear))
    {
        Rank = Guard.Between(rank, 1, 65_536, nameof(rank));
        Alpha = Guard.Between(Guard.Positive(alpha, nameof(alpha)), 0, 1e9, nameof(alpha));
        DropRate = Guard.Fraction(dropRate, nameof(dropRate));
        (InFeatures, OutFeatures, HasBias) = (frozen.in_features, frozen.out_features, frozen.bias is not null);
        base_layer = frozen;
        lora_dropout = Dropout(dropRate);
        // torch's start of a linear layer is Kaiming-uniform with a = √5 already.
        lora_A = Linear(InFeatures, rank, hasBias: false);
        lora_B = Linear(rank, OutFeatures, hasBias: false);
        init.zeros_(B);
        foreach (var parameter in frozen.parameters())
            parameter.requires_grad = false;
        RegisterComponents();
    }

    /// <summary>Width of the input.</summary>
    public long InFeatures { get; }

    /// <summary>Width of the output.</summary>
    public long OutFeatures { get; }

    /// <summary>Rank of the update, r.</summary>
    public long Rank { get; }

    /// <summary>Strength of the update, α; it is divided by the rank.</summary>
    public double Alpha { get; }

    /// <summary>Share of the update's inputs that dropout sets to zero in training.</summary>
    public double DropRate { get; }

    /// <summary>True when the frozen layer adds a bias.</summary>
    public bool HasBias { get; }

    /// <summary>The frozen layer.</summary>
    /// <exception cref="FrugalException">Another step put something else in its place.</exception>
    public Linear Base => base_layer as Linear
        ?? throw new FrugalException($"the frozen layer under an adapter is a {base_layer.GetName()} by now and no linear layer; merge adapters before the layers are replaced");

    /// <summary>A, <c>[rank, in]</c>.</summary>
    public Parameter A => ((Linear)lora_A).weight!;

    /// <summary>B, <c>[out, rank]</c>; zeros at the start, so that nothing changes.</summary>
    public Parameter B => ((Linear)lora_B).weight!;

    /// <summary>Wraps a layer, which from now on is frozen; the update begins at nothing.</summary>
    /// <param name="layer">The layer; it becomes a part of the new one.</param>
    /// <param name="rank">Rank of the update.</param>
    /// <param name="alpha">Strength of the update.</param>
    /// <param name="dropRate">Share of the update's inputs that dropout sets to zero in training.</param>
    /// <param name="generator">Where A comes from; libtorch's own when null.</param>
    public static LoraLinear Around(Linear layer, long rank, double alpha, double dropRate = 0, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(layer);
        var wrapped = new LoraLinear(layer, rank, alpha, dropRate);
        wrapped.to(layer.weight!.device, layer.weight.dtype);
        if (generator is null)
            return wrapped;
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        double bound = 1 / Math.Sqrt(layer.in_features);
        wrapped.A.copy_(empty(wrapped.A.shape).uniform_(-bound, bound, generator));
        return wrapped;
    }

    /// <summary>What is added to the frozen weight, <c>(α/r) B A</c>, <c>[out, in]</c>.</summary>
    public Tensor Update() => LoraMath.Update(A, B, Alpha);

    /// <summary>Adds the update to the frozen layer's weight and hands that layer back, trainable as before it was wrapped; this one is of no further use.</summary>
    public Linear Merge()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        Base.weight!.add_(Update());
        return Release();
    }

    /// <summary>Hands the wrapped layer back as it was.</summary>
    public Linear Release()
    {
        foreach (var parameter in Base.parameters())
            parameter.requires_grad = true;
        return Base;
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var update = lora_B.call(lora_A.call(lora_dropout.call(input)));
        return base_layer.call(input).add(update, alpha: Alpha / Rank).MoveToOuterDisposeScope();
    }
}
