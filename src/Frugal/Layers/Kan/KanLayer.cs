using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A layer with a learned function on every edge, <c>y_o = b_o + Σ_i w_oi SiLU(x_i) + Σ_i Σ_κ α_iκ φ^κ_oi(x_i)</c>, whose nodes weigh a pool of families κ and can each be left with one (Yang et al. 2024, S-KAN,
/// arXiv 2408.08338). <c>α_i = g · softmax(gate_i)</c> until the families are chosen.
/// </summary>
/// <remarks>
/// Names: <c>base_weight</c> w <c>[out, in]</c>; coefficients <c>bspline</c>, <c>rbf</c>, <c>chebyshev</c>, <c>relu</c>, <c>jacobi</c>, <c>rswaf</c>, <c>[out, in, n]</c>; <c>wav_weight</c>, <c>wav_scale</c>,
/// <c>wav_translation</c> <c>[out, in]</c>; <c>gate</c> <c>[in, families]</c>; <c>bias</c>. The buffer <c>fixed_gates</c> is below 0 while families are weighed and holds α of the chosen ones afterwards. A layer that is
/// built with the families of its inputs holds those coefficients alone, with α in them.
/// </remarks>
public abstract class KanLayer : Layer
{
    private const double NormScale = 0.5;

    private static readonly IReadOnlyList<KanFamily> usualPool = [KanFamily.Bspline, KanFamily.Rbf, KanFamily.Chebyshev, KanFamily.Wavelet];

    private readonly KanParameters own;
    private readonly Module<Tensor, Tensor>? norm;

    private protected KanLayer(string name, long numInputs, long numOutputs, KanOptions options, Module<Tensor, Tensor>? norm, bool hasOwnGrids) : base(name)
    {
        (NumInputs, NumOutputs) = (numInputs, numOutputs);
        GateScale = options.GateScale is { } scale ? Guard.Positive(Guard.Between(scale, 0, 1000, "gateScale"), "gateScale") : null;
        GridSize = Guard.Between(options.GridSize, 1, 4096, "gridSize");
        SplineOrder = Guard.Between(options.SplineOrder, 0, 10, "splineOrder");
        NumRbf = Guard.Between(options.NumRbf, 2, 4096, "numRbf");
        Degree = Guard.Between(options.Degree, 1, 64, "degree");
        (Wavelet, HasBase, HasScaler, HasNorm, HasBias) = (options.Wavelet, options.HasBase, options.HasScaler, norm is not null, options.HasBias);
        Basis = new(GridSize, SplineOrder, NumRbf, Degree);
        Families = options.Families is { Count: > 0 } families ? KanPool.Repeated(families, numInputs) : null;
        Pool = Families is { } given ? [.. given.Distinct().Order()] : KanPool.Distinct(options.Pool is { Count: > 0 } pool ? pool : usualPool);
        own = new(this, Basis, hasOwnGrids);
        Edges = new(this, own);
        Nodes = new(this, own);
        this.norm = norm;
        if (norm is not null)
            register_module(nameof(norm), norm);
    }

    /// <summary>Inputs that have functions: features, or entries of a window.</summary>
    public long NumInputs { get; }

    /// <summary>Outputs.</summary>
    public long NumOutputs { get; }

    /// <summary>The families that nodes choose among; those that some input has where <see cref="Families"/> are given.</summary>
    public IReadOnlyList<KanFamily> Pool { get; }

    /// <summary>The family of each input after the choice, or null while all of the pool are weighed.</summary>
    public IReadOnlyList<KanFamily>? Families { get; }

    /// <summary>Sum of a node's weights over its families, g; null for their number, with which each begins at 1.</summary>
    public double? GateScale { get; }

    /// <summary>Intervals of the spline grid on [-1, 1], G.</summary>
    public int GridSize { get; }

    /// <summary>Order of the splines, k.</summary>
    public int SplineOrder { get; }

    /// <summary>Centres of the radial functions on [-2, 2].</summary>
    public int NumRbf { get; }

    /// <summary>Highest degree of the polynomials.</summary>
    public int Degree { get; }

    /// <summary>The mother wavelet.</summary>
    public KanWavelet Wavelet { get; }

    /// <summary>True for the branch w SiLU(x) beside the families.</summary>
    public bool HasBase { get; }

    /// <summary>True for a further factor of each edge on the coefficients of splines, as the authors' spline layer has it.</summary>
    public bool HasScaler { get; }

    /// <summary>True for a batch norm without parameters, times ½, before the functions.</summary>
    public bool HasNorm { get; }

    /// <summary>True when a bias is added.</summary>
    public bool HasBias { get; }

    /// <summary>The functions.</summary>
    internal KanBasis Basis { get; }

    /// <summary>What the edges compute together.</summary>
    private protected KanEdges Edges { get; }

    /// <summary>What single nodes compute.</summary>
    internal KanNodes Nodes { get; }

    /// <summary>The bias <c>[out]</c>, or null.</summary>
    private protected Tensor? Bias => HasBias ? own["bias"] : null;

    /// <summary>The weights α, <c>[inputs, families]</c>: free ones with gradients to the gates, chosen ones as they were fixed.</summary>
    /// <exception cref="FrugalException">The layer holds one family for each input already.</exception>
    public Tensor Gates()
    {
        RequireWeighed();
        using var scope = NewDisposeScope();
        var chosen = own.FixedGates;
        return where(chosen.lt(0), own["gate"].softmax(1) * (GateScale ?? Pool.Count), chosen).MoveToOuterDisposeScope();
    }

    /// <summary>What the nodes are given of an input to the layer, <c>[rows, inputs]</c>.</summary>
    public abstract Tensor Rows(Tensor input);

    /// <summary>The layer with the chosen family of each input alone, α within its coefficients.</summary>
    /// <exception cref="FrugalException">Families are weighed still, or pruned already.</exception>
    public abstract KanLayer Pruned();

    /// <summary>Chooses each node's family; ties go to the one that stands first in the pool.</summary>
    /// <param name="rule">How.</param>
    /// <param name="rows">Activations of the nodes, <c>[rows, inputs]</c>.</param>
    /// <param name="ridge">ε of the rule <see cref="KanSelectionRule.Fit"/>, above 0.</param>
    public KanSelection Choose(KanSelectionRule rule, Tensor rows, double ridge = 1e-3)
    {
        ArgumentNullException.ThrowIfNull(rows);
        RequireWeighed();
        return rule == KanSelectionRule.Fit ? KanFit.Of(this, rows, Guard.Positive(ridge)) : new(KanPool.FirstLargest(own["gate"].detach()), null, new Dictionary<KanFamily, Tensor>(), null);
    }

    /// <summary>Leaves every node with its chosen family: refitted coefficients, and its weight α held as it is.</summary>
    public void Select(KanSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var chosen = functional.one_hot(selection.Chosen, Pool.Count);
        own.FixedGates.copy_(Gates() * chosen);
        foreach (var (family, coefficients) in selection.Coefficients)
        {
            var former = own.Of(family);
            var fitted = family == KanFamily.Bspline && own.Scaler is { } scaler ? coefficients / scaler.unsqueeze(-1) : coefficients;
            former.copy_(where(chosen.select(1, PlaceOf(family)).ne(0).view(1, -1, 1), fitted.to(former.dtype), former));
        }
        if (HasBias && selection.Constants is { } constants)
            Bias!.add_((constants * chosen.unsqueeze(-1)).sum([0, 1]).to(Bias!.dtype));
    }

    /// <summary>Moves the weights α of the chosen families into their coefficients, and sets those of the others to 0; outputs stay the same.</summary>
    public void Fold()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var gates = Gates();
        foreach (var family in Pool)
            own.Of(family).copy_(KanNodes.Times(own.Of(family), gates.select(1, PlaceOf(family))));
        own.FixedGates.copy_(gates.ne(0));
    }

    /// <summary>Standard deviation of every edge's output over rows, <c>[outputs, inputs]</c>.</summary>
    /// <param name="rows">Activations of the nodes, <c>[rows, inputs]</c>.</param>
    public Tensor EdgeSpread(Tensor rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return Nodes.Spread(rows);
    }

    /// <summary>Sets edges to 0.</summary>
    /// <param name="kept">True for the edges that stay, <c>[outputs, inputs]</c>.</param>
    public void KeepEdges(Tensor kept)
    {
        ArgumentNullException.ThrowIfNull(kept);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        if (HasBase)
            own["base_weight"].mul_(kept);
        foreach (var coefficients in Pool.Select(own.Of))
            coefficients.mul_(coefficients.dim() == 3 ? kept.unsqueeze(-1) : kept);
    }

    /// <summary>Place of a family in the pool.</summary>
    internal int PlaceOf(KanFamily family) => Pool.TakeWhile(other => other != family).Count();

    /// <summary>Normalises inputs where the layer does.</summary>
    private protected Tensor Normalised(Tensor input) => norm is null ? input : norm.call(input) * NormScale;

    /// <summary>The parameters, for what one kind of layer alone does with them.</summary>
    private protected KanParameters Parameters => own;

    /// <summary>The family of each input that was chosen.</summary>
    private protected IReadOnlyList<KanFamily> ChosenFamilies()
    {
        RequireWeighed();
        using var scope = NewDisposeScope();
        return Pool.Count == 1 || own.FixedGates.ge(0).all().item<bool>()
            ? [.. own.FixedGates.argmax(1).cpu().data<long>().ToArray().Select(place => Pool[(int)place])]
            : throw new FrugalException($"{GetName()} weighs all its families still: select one for each input first");
    }

    /// <summary>Gives a layer of the chosen families their coefficients, with α in them.</summary>
    private protected T Filled<T>(T pruned) where T : KanLayer
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        if (HasBase)
            pruned.own["base_weight"].copy_(own["base_weight"]);
        if (HasBias)
            pruned.own["bias"].copy_(own["bias"]);
        if (norm is not null)
            pruned.norm!.load_state_dict(norm.state_dict());
        var gates = Gates();
        foreach (var family in pruned.Pool)
        {
            var nodes = pruned.own.Nodes(family);
            pruned.own.Of(family).copy_(KanNodes.Times(own.Scaled(family), gates.select(1, PlaceOf(family))).index_select(1, nodes));
            foreach (var ((value, _, axis), (target, _, _)) in own.Others(family).Zip(pruned.own.Others(family)))
                target.copy_(value.shape[axis] == NumInputs ? value.index_select(axis, nodes) : value);
        }
        pruned.train(training);
        return pruned;
    }

    private void RequireWeighed()
    {
        if (Families is not null)
            throw new FrugalException($"{GetName()} holds one family for each input already: there is nothing to weigh or to choose");
    }
}
