using Frugal.Kernels;
using Frugal.Layers;
using Frugal.Layers.Packed;
using Frugal.Layers.Surgery;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Packing;

/// <summary>A layer as the packed forms see it: its kind, its sizes, its weights as plain numbers.</summary>
internal sealed class PackableLayer
{
    // 255 · 128 · inputs must stay below 2³¹.
    private const int MaxCodedInputs = 65_536;

    private readonly Lazy<float[]> weight;

    private PackableLayer(Module<Tensor, Tensor> module, long inFeatures, long outFeatures, Tensor? bias, Func<Tensor>? dense = null)
    {
        (Module, InFeatures, OutFeatures, Bias) = (module, (int)inFeatures, (int)outFeatures, bias);
        weight = new(() =>
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            return PlainNumbers.Of(dense is null ? throw new InvalidOperationException($"A {module.GetName()} has no dense weight.") : dense());
        });
        var weights = module.parameters().Where(parameter => parameter.dim() > 1).ToList();
        long count = weights.Sum(parameter => parameter.numel());
        Sparsity = count == 0 ? 0 : 1 - (double)weights.Sum(parameter => parameter.count_nonzero().item<long>()) / count;
    }

    /// <summary>The layer.</summary>
    public Module<Tensor, Tensor> Module { get; }

    /// <summary>Columns of the input.</summary>
    public int InFeatures { get; }

    /// <summary>Columns of the output.</summary>
    public int OutFeatures { get; }

    /// <summary>The bias <c>[out]</c>, or null.</summary>
    public Tensor? Bias { get; }

    /// <summary>Share of its weights that are zero.</summary>
    public double Sparsity { get; }

    /// <summary>True for torch's dense linear layer.</summary>
    public bool IsLinear => Module is TorchSharp.Modules.Linear;

    /// <summary>The convolution that it is, or null for a linear layer. A form that packs it must be one that convolutions run.</summary>
    public ConvolutionShape? Convolution { get; private init; }

    /// <summary>True for torch's dense layers, linear and convolutions.</summary>
    public bool IsDense => IsLinear || Module is TorchSharp.Modules.Conv2d;

    /// <summary>Why it cannot be packed, or null.</summary>
    public string? Obstacle { get; private init; }

    /// <summary>The layer if it is a Monarch layer.</summary>
    public MonarchLinear? Monarch => Module as MonarchLinear;

    /// <summary>Whether its weights are powers of two in a few bits.</summary>
    public bool IsShift => Module is ShiftLinear or DenseShiftLinear or ShiftConv2d or DenseShiftConv2d;

    /// <summary>Both factors, <c>[rank, in]</c> and <c>[out, rank]</c>, if it is a layer of low rank.</summary>
    public (Tensor Down, Tensor Up)? Factors { get; private init; }

    /// <summary>Whether 32 bits hold the sums of its coded products, and whole numbers can stand for its weights.</summary>
    public bool FitsInt8 => InFeatures <= MaxCodedInputs && IsFinite;

    /// <summary>Whether all its parameters are finite.</summary>
    public bool IsFinite => Module.parameters().All(parameter => parameter.isfinite().all().item<bool>());

    /// <summary>The weight of a dense layer, or of one of powers of two or of signs, <c>[out, in]</c>; of a convolution as <see cref="ConvolutionShape.ToColumns"/> lays it.</summary>
    public ReadOnlySpan<float> Weight => weight.Value;

    /// <summary>The layer, or null for a module of a kind that nobody packs. Types derived from these may compute something else.</summary>
    public static PackableLayer? Of(Module module) => module switch
    {
        Linear linear when linear.GetType() == typeof(Linear) => new(linear, linear.in_features, linear.out_features, linear.bias, () => linear.weight!),
        MonarchLinear monarch => new(monarch, monarch.InFeatures, monarch.OutFeatures, monarch.Bias),
        LowRankLinear lowRank when FactorsOf(lowRank) is var (down, up) =>
            new(lowRank, lowRank.InFeatures, lowRank.OutFeatures, up.bias) { Factors = (down.weight!, up.weight!) },
        MpoLinear mpo => new(mpo, mpo.InFeatures, mpo.OutFeatures, mpo.Bias) { Obstacle = MpoForm.Obstacle(mpo) },
        KanLinear kan => new(kan, kan.InFeatures, kan.OutFeatures, null) { Obstacle = PackedKanLayer.Obstacle(kan) },
        SnnkLinear snnk => new(snnk, snnk.InFeatures, snnk.OutFeatures, snnk.Bias),
        BinaryLinear binary => new(binary, binary.InFeatures, binary.OutFeatures, binary.Bias, binary.SignedWeight),
        ShiftLinear shift => new(shift, shift.InFeatures, shift.OutFeatures, shift.Bias, shift.Weight),
        DenseShiftLinear shift => new(shift, shift.InFeatures, shift.OutFeatures, shift.Bias, shift.Weight),
        ShiftConv2d shift => OfConvolution(shift, shift.Bias, shift.Weight),
        DenseShiftConv2d shift => OfConvolution(shift, shift.Bias, shift.Weight),
        Conv2d convolution when convolution.GetType() == typeof(Conv2d) && Conv2dLayer.Fits(convolution) => OfConvolution(convolution),
        _ => null,
    };

    /// <summary>The layer that runs a packed weight of this one.</summary>
    public Module<Tensor, Tensor> With(IPackedLinear packed) =>
        Convolution is null ? PackedLinearLayer.Of(packed, Bias) : PackedConv2dLayer.Of(packed, Convolution, Bias);

    private static PackableLayer OfConvolution(Conv2d layer) => OfConvolution(
        layer, PackedConv2dLayer.ShapeOf(layer.in_channels / layer.groups, layer.kernel_size, layer.stride, layer.padding!, layer.dilation), layer.out_channels, layer.groups, layer.bias, () => layer.weight!);

    private static PackableLayer OfConvolution(Conv2dLayer layer, Tensor? bias, Func<Tensor> kernel) => OfConvolution(
        layer, PackedConv2dLayer.ShapeOf(layer.InChannels / layer.Groups, layer.KernelSize, layer.Stride, layer.Padding, layer.Dilation), layer.OutChannels, layer.Groups, bias, kernel);

    private static PackableLayer OfConvolution(Module<Tensor, Tensor> layer, ConvolutionShape shape, long outChannels, long groups, Tensor? bias, Func<Tensor> kernel) =>
        new(layer, shape.InFeatures, outChannels, bias, () => Columns(kernel()))
        {
            Convolution = shape,
            Obstacle = groups > 1 ? $"its {groups} groups of channels do not see each other, which no packed form can use" : null,
        };

    // [out, in, height, width] as [out, points of the kernel · in].
    private static Tensor Columns(Tensor kernel) => kernel.permute(0, 2, 3, 1).reshape(kernel.shape[0], -1);

    private static (Linear Down, Linear Up)? FactorsOf(LowRankLinear layer) =>
        ModuleSurgery.Find(layer, "down") is Linear down && ModuleSurgery.Find(layer, "up") is Linear up ? (down, up) : null;
}
