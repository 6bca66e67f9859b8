using System.Runtime.InteropServices;
using Frugal.Layers;
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
            return Values(dense is null ? throw new InvalidOperationException($"A {module.GetName()} has no dense weight.") : dense());
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

    /// <summary>The layer if it is torch's dense one.</summary>
    public Linear? Linear => Module as Linear;

    /// <summary>The layer if it is a Monarch layer.</summary>
    public MonarchLinear? Monarch => Module as MonarchLinear;

    /// <summary>Whether its weights are powers of two in a few bits.</summary>
    public bool IsShift => Module is ShiftLinear or DenseShiftLinear;

    /// <summary>Both factors, <c>[rank, in]</c> and <c>[out, rank]</c>, if it is a layer of low rank.</summary>
    public (Tensor Down, Tensor Up)? Factors { get; private init; }

    /// <summary>Whether 32 bits hold the sums of its coded products, and whole numbers can stand for its weights.</summary>
    public bool FitsInt8 => InFeatures <= MaxCodedInputs && Module.parameters().All(parameter => parameter.isfinite().all().item<bool>());

    /// <summary>The weight of a dense layer or of one of powers of two, <c>[out, in]</c>.</summary>
    public ReadOnlySpan<float> Weight => weight.Value;

    /// <summary>The layer, or null for a module of a kind that nobody packs. Types derived from these may compute something else.</summary>
    public static PackableLayer? Of(Module module) => module switch
    {
        Linear linear when linear.GetType() == typeof(Linear) => new(linear, linear.in_features, linear.out_features, linear.bias, () => linear.weight!),
        MonarchLinear monarch => new(monarch, monarch.InFeatures, monarch.OutFeatures, monarch.Bias),
        LowRankLinear lowRank when FactorsOf(lowRank) is var (down, up) =>
            new(lowRank, lowRank.InFeatures, lowRank.OutFeatures, up.bias) { Factors = (down.weight!, up.weight!) },
        ShiftLinear shift => new(shift, shift.InFeatures, shift.OutFeatures, shift.Bias, shift.Weight),
        DenseShiftLinear shift => new(shift, shift.InFeatures, shift.OutFeatures, shift.Bias, shift.Weight),
        _ => null,
    };

    /// <summary>The numbers of a tensor, row by row.</summary>
    public static float[] Values(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return MemoryMarshal.Cast<byte, float>(tensor.detach().to(float32, CPU).contiguous().bytes).ToArray();
    }

    private static (Linear Down, Linear Up)? FactorsOf(LowRankLinear layer) =>
        ModuleSurgery.Find(layer, "down") is Linear down && ModuleSurgery.Find(layer, "up") is Linear up ? (down, up) : null;
}
