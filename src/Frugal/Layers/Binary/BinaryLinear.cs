using Frugal.Catalogue;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A linear layer that multiplies signs by signs, <c>[…, inFeatures]</c> to <c>[…, outFeatures]</c>: inputs are shifted and become <c>±α</c>, weights <c>±A</c> (Xing et al. 2024, BiPFT, arXiv 2312.08937). It is
/// trained through the floating-point weight that it keeps; packed, a weight takes a bit. A term of low rank, which sees the inputs as they are, may add back what the signs lose.
/// Weight names as in the authors' code: <c>weight</c>, <c>bias</c>, <c>input_clip_val</c> (α), <c>move.bias</c>.
/// </summary>
[Entry("binary-linear")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["binary"], PackedForm = "binary")]
public sealed class BinaryLinear : Layer
{
    private readonly Parameter weight, input_clip_val;
    private readonly Parameter? bias, down, up;
    private readonly InputShift move;

    /// <param name="inFeatures">Width of the input.</param>
    /// <param name="outFeatures">Width of the output.</param>
    /// <param name="rank">Rank of the term in floating point; 0 for none. It begins at zero.</param>
    /// <param name="hasBias">True when a bias is added.</param>
    public BinaryLinear([Range(1, 1e6)] long inFeatures, [Range(1, 1e6)] long outFeatures, [Range(0, 65_536)] int rank = 0, bool hasBias = true) : base(nameof(BinaryLinear))
    {
        InFeatures = Guard.Between(inFeatures, 1, 1_000_000, nameof(inFeatures));
        OutFeatures = Guard.Between(outFeatures, 1, 1_000_000, nameof(outFeatures));
        Rank = Guard.Between(rank, 0, 65_536, nameof(rank));
        HasBias = hasBias;
        using (var scope = NewDisposeScope())
        {
            double bound = 1 / Math.Sqrt(inFeatures);
            weight = DenseLayer.ParameterOf(empty(outFeatures, inFeatures).uniform_(-bound, bound));
            input_clip_val = DenseLayer.ParameterOf(tensor(1f));
            if (rank > 0)
            {
                down = DenseLayer.ParameterOf(empty(rank, inFeatures).uniform_(-bound, bound));
                up = DenseLayer.ParameterOf(zeros(outFeatures, rank));
            }
        }
        bias = hasBias ? FreshBias.Of(outFeatures, inFeatures) : null;
        move = new(inFeatures);
        RegisterComponents();
    }

    /// <summary>Width of the input.</summary>
    public long InFeatures { get; }

    /// <summary>Width of the output.</summary>
    public long OutFeatures { get; }

    /// <summary>Rank of the term in floating point; 0 for none.</summary>
    public int Rank { get; }

    /// <summary>True when a bias is added.</summary>
    public bool HasBias { get; }

    /// <summary>The bias <c>[outFeatures]</c>, or null.</summary>
    public Tensor? Bias => bias;

    /// <summary>What is added to inputs before their signs are taken, <c>[inFeatures]</c>.</summary>
    public Tensor Shift => move.Bias;

    /// <summary>Both factors of the term in floating point, <c>[rank, inFeatures]</c> and <c>[outFeatures, rank]</c>, or null.</summary>
    public (Tensor Down, Tensor Up)? Term => down is null ? null : (down, up!);

    /// <summary>The weight that signs of inputs meet, <c>±α A</c>, <c>[outFeatures, inFeatures]</c>.</summary>
    public Tensor SignedWeight()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        return (BinaryMath.Weight(weight) * input_clip_val.clamp_min(BinaryMath.MinStep)).MoveToOuterDisposeScope();
    }

    /// <summary>The layer that begins with the weight and bias of a dense one.</summary>
    /// <param name="dense">The dense layer; it stays the caller's.</param>
    /// <param name="rank">Rank of the term in floating point; 0 for none.</param>
    public static BinaryLinear Of(Linear dense, int rank = 0)
    {
        ArgumentNullException.ThrowIfNull(dense);
        using var mode = no_grad();
        var layer = new BinaryLinear(dense.in_features, dense.out_features, rank, dense.bias is not null);
        layer.weight.copy_(dense.weight!);
        layer.bias?.copy_(dense.bias!);
        return layer;
    }

    /// <summary>The binary form of a part of a network, on its device.</summary>
    /// <exception cref="FrugalException">It is no linear layer of torch's any more.</exception>
    internal static BinaryLinear Like(nn.Module part, string name, string whole)
    {
        var dense = DenseLayer.Require(part, name, whole);
        var layer = Of(dense);
        layer.to(dense.weight!.device, dense.weight.dtype);
        return layer;
    }

    /// <summary>Sets shift and step from inputs: each input is centred on its mean, if asked for, and α is twice the mean magnitude of what results.</summary>
    /// <param name="input"><c>[…, inFeatures]</c>.</param>
    /// <param name="centers">Whether inputs are centred: those behind a ReLU are never negative, and their signs would say nothing.</param>
    public void Calibrate(Tensor input, bool centers)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var rows = input.reshape(-1, InFeatures);
        if (centers)
            move.Bias.copy_(-rows.mean([0]));
        input_clip_val.copy_(BinaryMath.FirstStep(move.call(rows)).clamp_min(BinaryMath.MinStep));
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var output = functional.linear(BinaryMath.Signed(move.call(input), input_clip_val), BinaryMath.Weight(weight), bias);
        if (down is not null)
            output = output + functional.linear(functional.linear(input, down), up!);
        return output.MoveToOuterDisposeScope();
    }
}
