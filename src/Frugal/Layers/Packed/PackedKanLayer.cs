using Frugal.Catalogue;
using Frugal.Graphs;
using Frugal.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers.Packed;

/// <summary>
/// The inference form of a <see cref="KanLinear"/> whose families were chosen, <c>[…, inFeatures]</c> to <c>[…, outFeatures]</c>: the functions of all inputs and their product with the coefficients as one call of
/// Frugal's kernels. Its weights have the names and shapes of that layer's.
/// </summary>
[Entry("packed-kan")]
[Capabilities(WorksOn = ["Linear"])]
[Unsupported("training", "its weights are packed for inference; train first, pack last")]
public sealed class PackedKanLayer : KanLayer, IPackedLayer, IOrdinaryForm
{
    // Positions of features take 16 bits, and each function's inputs fill whole vectors.
    private const int MaxFeatures = 65_536, MaxLanes = 16, MaxKnots = 64, MaxGrid = 57;

    private PackedKan? kernel;

    /// <param name="inFeatures">Width of the input.</param>
    /// <param name="outFeatures">Width of the output.</param>
    /// <param name="families">The family of each input, a shorter list being repeated: <c>bspline</c>, <c>rbf</c> or <c>chebyshev</c>.</param>
    /// <param name="gridSize">Intervals of the spline grid on [-1, 1], G.</param>
    /// <param name="splineOrder">Order of the splines, k.</param>
    /// <param name="numRbf">Centres of the radial functions on [-2, 2].</param>
    /// <param name="degree">Highest degree of the polynomials.</param>
    /// <param name="hasBase">True for the branch w SiLU(x) beside the families.</param>
    /// <param name="hasBias">True when a bias is added.</param>
    /// <exception cref="FrugalException">A family is another one.</exception>
    public PackedKanLayer(
        [Range(1, 65_536)] long inFeatures, [Range(1, 1e6)] long outFeatures, IReadOnlyList<KanFamily> families, [Range(1, 57)] int gridSize = 5, [Range(0, 10)] int splineOrder = 3, [Range(2, 4096)] int numRbf = 8,
        [Range(1, 64)] int degree = 4, bool hasBase = true, bool hasBias = true)
        : base(
            "packed-kan", Guard.Between(inFeatures, 1, MaxFeatures, nameof(inFeatures)), Guard.Between(outFeatures, 1, 1_000_000, nameof(outFeatures)),
            new(null, families ?? throw new ArgumentNullException(nameof(families)), null, Guard.Between(gridSize, 1, MaxGrid, nameof(gridSize)), splineOrder, numRbf, degree, KanWavelet.MexicanHat, hasBase, HasScaler: false, HasNorm: false, hasBias), norm: null, hasOwnGrids: true)
    {
        if (Obstacle(this) is { } obstacle)
            throw new FrugalException($"packed-kan: {obstacle}");
        foreach (var parameter in parameters())
            parameter.requires_grad_(false);
    }

    /// <summary>Width of the input.</summary>
    public long InFeatures => NumInputs;

    /// <summary>Width of the output.</summary>
    public long OutFeatures => NumOutputs;

    /// <inheritdoc/>
    public long StoredWeights => MacsPerRow + (HasBias ? OutFeatures : 0);

    /// <inheritdoc/>
    public long NonZeroWeights => NonZeroMacsPerRow + (Bias?.count_nonzero().item<long>() ?? 0);

    /// <inheritdoc/>
    public long MacsPerRow => Coefficients().Sum(tensor => tensor.numel());

    /// <inheritdoc/>
    public long NonZeroMacsPerRow => Coefficients().Sum(tensor => tensor.count_nonzero().item<long>());

    /// <inheritdoc/>
    public long RowsOf(Tensor input, Tensor output)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.numel() / InFeatures;
    }

    /// <summary>Why a layer cannot be packed so, or null.</summary>
    internal static string? Obstacle(KanLayer layer)
    {
        if (layer.Families is not { } families)
            return "its inputs weigh several families still; train with kan-selection first";
        if (layer.HasNorm)
            return "it normalises its inputs";
        if (families.FirstOrDefault(family => family is not (KanFamily.Bspline or KanFamily.Rbf or KanFamily.Chebyshev), KanFamily.Bspline) is not KanFamily.Bspline and var other)
            return $"some inputs have functions of the family {KebabCase.Of(other.ToString())}, and kernels know splines, radial functions and Chebyshev polynomials";
        if (families.Contains(KanFamily.Bspline) && layer.GridSize + 2 * layer.SplineOrder + 1 > MaxKnots)
            return $"splines of {layer.GridSize + 2 * layer.SplineOrder + 1} knots are more than the {MaxKnots} that kernels know";
        long features = layer.Pool.Sum(family => Padded(families.Count(own => own == family)) * layer.Basis.Count(family)) + (layer.HasBase ? Padded(families.Count) : 0);
        return features > MaxFeatures ? $"it has {features} functions, and kernels number at most {MaxFeatures}" : null;
    }

    /// <summary>The packed form of a layer, with weights of its own.</summary>
    /// <exception cref="FrugalException">It cannot be packed so; the message says why.</exception>
    public static PackedKanLayer Of(KanLinear layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (Obstacle(layer) is { } obstacle)
            throw new FrugalException($"packed-kan: {obstacle}");
        var packed = new PackedKanLayer(layer.InFeatures, layer.OutFeatures, layer.Families!, layer.GridSize, layer.SplineOrder, layer.NumRbf, layer.Degree, layer.HasBase, layer.HasBias);
        packed.load_state_dict(layer.state_dict());
        return packed;
    }

    /// <summary>The ordinary layer that computes the same, with weights of its own.</summary>
    public KanLinear ToOrdinary()
    {
        var layer = new KanLinear(InFeatures, OutFeatures, KanPool.OptionsOf(this, Families!));
        layer.load_state_dict(state_dict());
        layer.eval();
        return layer;
    }

    /// <inheritdoc/>
    nn.Module<Tensor, Tensor> IOrdinaryForm.Ordinary() => ToOrdinary();

    /// <inheritdoc/>
    public override Tensor Rows(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.reshape(-1, InFeatures);
    }

    /// <inheritdoc/>
    public override KanLayer Pruned() => this;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The input has other columns, or gradients are asked for.</exception>
    public override Tensor forward(Tensor input)
    {
        SpanForward.Check(this, (int)InFeatures, input);
        return UnpackedLayer.InPlaceOf(this) is { } unpacked ? unpacked.Forward(input) : SpanForward.Run(kernel ??= Pack(), input);
    }

    /// <inheritdoc/>
    public UnpackedLayer? Unpack()
    {
        using var mode = no_grad();
        var ordinary = ToOrdinary();
        foreach (var parameter in ordinary.parameters())
            parameter.requires_grad_(false);
        return new(ordinary.state_dict(), ordinary.call);
    }

    private static long Padded(int inputs) => (inputs + MaxLanes - 1) / MaxLanes * MaxLanes;

    // The branch of SiLU first, then the families in the order of the pool.
    private IEnumerable<Tensor> Coefficients() => (HasBase ? new[] { (Tensor)Parameters["base_weight"] } : []).Concat(Pool.Select(family => (Tensor)Parameters.Of(family)));

    private PackedKan Pack()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var functions = new List<KanFunctions>();
        if (HasBase)
            functions.Add(new(KanFunction.Silu, [.. Enumerable.Range(0, (int)InFeatures)], 1));
        foreach (var family in Pool)
        {
            int[] inputs = [.. Families!.Select((own, i) => (own, i)).Where(each => each.own == family).Select(each => each.i)];
            functions.Add(family switch
            {
                KanFamily.Bspline => new(KanFunction.BSpline, inputs, Basis.Count(family), SplineOrder, PlainNumbers.Of(Parameters.Grid)),
                KanFamily.Rbf => new(KanFunction.Radial, inputs, Basis.Count(family)),
                _ => new(KanFunction.Chebyshev, inputs, Basis.Count(family)),
            });
        }
        // [out, inputs, functions] with the functions slower.
        var columns = cat([.. Coefficients().Select(tensor => (tensor.dim() == 3 ? tensor.transpose(1, 2) : tensor).flatten(1))], 1);
        return PackedKan.Pack(functions, PlainNumbers.Of(columns), (int)OutFeatures, (int)InFeatures, Bias is { } bias ? PlainNumbers.Of(bias) : []);
    }
}
