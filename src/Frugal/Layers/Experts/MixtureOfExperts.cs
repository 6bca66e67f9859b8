using Frugal.Catalogue;
using Frugal.Graphs;
using Frugal.Kernels;
using Frugal.Layers.Packed;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Experts;

/// <summary>
/// Several feed-forward blocks in the place of one, of which a router has few compute each token: <c>[…, dim]</c> to the same shape. Tokens are sorted by expert and each expert runs once on its rows, so that the
/// work grows with the choices alone. Weights: <c>gate.weight</c> <c>[experts, dim]</c>, and <c>experts.0.fc1</c>, <c>experts.0.fc2</c>, … as in a feed-forward block (<c>gate_proj</c>, <c>up_proj</c>,
/// <c>down_proj</c> where it is gated).
/// </summary>
/// <remarks>
/// In training the layer's own losses are added to the objective's (<see cref="IAuxiliaryLoss"/>). A graph of a model, and so an exported file, shows all experts computing all tokens with weights of zero for those
/// not chosen: the same numbers for more work; counts of multiply-adds are of the experts chosen. Experts that were packed run as one call of <see cref="PackedExperts"/>.
/// </remarks>
[Entry("mixture-of-experts")]
[Capabilities(WorksOn = ["feed-forward block"], CombinesWith = ["upcycle", "train"], ChangesShapes = true)]
public sealed class MixtureOfExperts : Layer, IAuxiliaryLoss, IRoutedLayer
{
    private const int MaxExperts = 4096, MaxWidth = 1_000_000;

    private readonly ModuleList<Module<Tensor, Tensor>> experts;
    private readonly ExpertGate? gate;
    private List<Tensor>? losses;
    private Tensor? preRouted;
    private Packed? packed;

    /// <param name="dim">Width of a token.</param>
    /// <param name="hiddenDim">Width between the two layers of an expert.</param>
    /// <param name="numExperts">Number of experts.</param>
    /// <param name="router">Which experts compute a token; the two most probable ones when null.</param>
    /// <param name="gate">How the logits of the experts come from a token.</param>
    /// <param name="hasGateBias">True when the gate has a bias for each expert.</param>
    /// <param name="gateActivation">The activation of a gate of that form.</param>
    /// <param name="temperature">Temperature of the gate at the start, where its form has one.</param>
    /// <param name="activation">The experts' non-linearity.</param>
    /// <param name="isGated">True when experts are gated: down(activation(gate(x)) ⊙ up(x)).</param>
    /// <param name="hasBias">True when the experts' layers have biases.</param>
    /// <param name="dropRate">Share of units that dropout sets to zero in training, after each layer of an expert that is not gated.</param>
    /// <param name="capacity">How many tokens an expert takes; null for all that chose it, so that none is dropped.</param>
    /// <param name="routesSequences">True when capacity and balance count within each sequence <c>[tokens, dim]</c> of a batch, otherwise over the whole batch.</param>
    /// <param name="jitter">In training the gate sees its input times a random number within 1 ± this.</param>
    /// <param name="balanceWeight">Factor of the balance loss.</param>
    /// <param name="importanceWeight">Factor of the importance loss.</param>
    /// <param name="zWeight">Factor of the loss on the size of logits.</param>
    public MixtureOfExperts(
        [Range(1, MaxWidth)] long dim, [Range(1, MaxWidth)] long hiddenDim, [Range(1, MaxExperts)] int numExperts = 8, Router? router = null, GateForm gate = GateForm.Linear, bool hasGateBias = false,
        Activation gateActivation = Layers.Activation.Tanh, [Range(0, 1e6, AboveLow = true)] double temperature = 1, Activation activation = Layers.Activation.Gelu, bool isGated = false, bool hasBias = true,
        [Range(0, 1, BelowHigh = true)] double dropRate = 0, ExpertCapacity? capacity = null, bool routesSequences = false, [Range(0, 1, BelowHigh = true)] double jitter = 0,
        [Range(0, 1e6)] double balanceWeight = 0.01, [Range(0, 1e6)] double importanceWeight = 0, [Range(0, 1e6)] double zWeight = 0) : base(nameof(MixtureOfExperts))
    {
        (Dim, HiddenDim) = (Guard.Between(dim, 1, MaxWidth, nameof(dim)), Guard.Between(hiddenDim, 1, MaxWidth, nameof(hiddenDim)));
        NumExperts = Guard.Between(numExperts, 1, MaxExperts, nameof(numExperts));
        Router = router ?? new TopKRouter();
        Router.Require(NumExperts);
        (Gate, HasGateBias, GateActivation) = (gate, hasGateBias, gateActivation);
        Temperature = Guard.Positive(Guard.Between(temperature, 0, 1e6, nameof(temperature)), nameof(temperature));
        (Activation, IsGated, HasBias, DropRate) = (activation, isGated, hasBias, Guard.Fraction(dropRate, nameof(dropRate)));
        (Capacity, RoutesSequences, Jitter) = (capacity, routesSequences, Guard.Fraction(jitter, nameof(jitter)));
        BalanceWeight = Guard.Between(balanceWeight, 0, 1e6, nameof(balanceWeight));
        ImportanceWeight = Guard.Between(importanceWeight, 0, 1e6, nameof(importanceWeight));
        ZWeight = Guard.Between(zWeight, 0, 1e6, nameof(zWeight));
        this.gate = Router.HasGate ? new ExpertGate(dim, numExperts, gate, hasGateBias, gateActivation, temperature) : null;
        experts = new(Enumerable.Range(0, numExperts).Select(_ => NewExpert()).ToArray());
        RegisterComponents();
    }

    /// <summary>Width of a token.</summary>
    public long Dim { get; }

    /// <summary>Width between the two layers of an expert.</summary>
    public long HiddenDim { get; }

    /// <summary>Number of experts.</summary>
    public int NumExperts { get; }

    /// <summary>Which experts compute a token; the two most probable ones when null.</summary>
    public Router? Router { get; }

    /// <summary>How the logits of the experts come from a token.</summary>
    public GateForm Gate { get; }

    /// <summary>True when the gate has a bias for each expert.</summary>
    public bool HasGateBias { get; }

    /// <summary>The activation of a gate of that form.</summary>
    public Activation GateActivation { get; }

    /// <summary>Temperature of the gate at the start, where its form has one.</summary>
    public double Temperature { get; }

    /// <summary>The experts' non-linearity.</summary>
    public Activation Activation { get; }

    /// <summary>True when experts are gated: down(activation(gate(x)) ⊙ up(x)).</summary>
    public bool IsGated { get; }

    /// <summary>True when the experts' layers have biases.</summary>
    public bool HasBias { get; }

    /// <summary>Share of units that dropout sets to zero in training, after each layer of an expert that is not gated.</summary>
    public double DropRate { get; }

    /// <summary>How many tokens an expert takes; null for all that chose it, so that none is dropped.</summary>
    public ExpertCapacity? Capacity { get; }

    /// <summary>True when capacity and balance count within each sequence of a batch, otherwise over the whole batch.</summary>
    public bool RoutesSequences { get; }

    /// <summary>In training the gate sees its input times a random number within 1 ± this.</summary>
    public double Jitter { get; }

    /// <summary>Factor of the balance loss.</summary>
    public double BalanceWeight { get; }

    /// <summary>Factor of the importance loss.</summary>
    public double ImportanceWeight { get; }

    /// <summary>Factor of the loss on the size of logits.</summary>
    public double ZWeight { get; }

    /// <summary>What the layer was seen to do since <see cref="Observe"/>; null while it is not observed.</summary>
    public ExpertStatistics? Statistics { get; private set; }

    /// <summary>Where the layer's random numbers come from, e.g. written ones; libtorch's generator when null.</summary>
    internal RoutingDraws? Draws { get; set; }

    /// <summary>The experts.</summary>
    internal IReadOnlyList<Module<Tensor, Tensor>> Experts => [.. experts];

    /// <inheritdoc/>
    string IRoutedLayer.RoutedChildren => nameof(experts);

    /// <inheritdoc/>
    double IRoutedLayer.RoutedShare => Router!.ExpertsPerToken(NumExperts) / NumExperts;

    /// <summary>Begins to count anew what the forward passes do, or ends it.</summary>
    /// <param name="isObserved">True to begin.</param>
    public void Observe(bool isObserved = true) => Statistics = isObserved ? new(NumExperts) : null;

    /// <summary>Hands in the expert of each token, for a layer whose router is <see cref="PreGatedRouter"/>; they count until others are handed in.</summary>
    /// <param name="experts"><c>[tokens]</c>, over the whole batch; copied.</param>
    public void PreRoute(Tensor experts)
    {
        ArgumentNullException.ThrowIfNull(experts);
        preRouted?.Dispose();
        preRouted = experts.to(int64).clone().DetachFromDisposeScope();
    }

    /// <summary>What the router decides for an input.</summary>
    /// <param name="input"><c>[…, dim]</c>.</param>
    /// <param name="draws">Where random numbers come from; libtorch's generator when null.</param>
    public Routing Route(Tensor input, RoutingDraws? draws = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        draws ??= Draws ?? new();
        if (gate is null)
            return PreGatedRouter.Given(preRouted ?? throw new FrugalException("A pre-gated mixture has no gate: hand in the expert of each token by PreRoute before the layer runs"), input.numel() / Dim, NumExperts, input);
        var seen = training && Jitter > 0 ? input * (1 + Jitter * (2 * draws.Uniform(input.shape, input) - 1)) : input;
        var logits = gate.call(seen);
        logits = RoutesSequences && logits.dim() > 2 ? logits.flatten(0, -3) : logits.reshape(1, -1, NumExperts);
        return Router!.Route(logits, new() { IsTraining = training, IsCaptured = Graph.IsCapturing, Capacity = Capacity, Draws = draws });
    }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The input has another width, or the router cannot do what is asked.</exception>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.dim() == 0 || input.shape[^1] != Dim)
            throw new FrugalException($"{nameof(MixtureOfExperts)} takes inputs of width {Dim} and got [{string.Join(", ", input.shape)}]");
        using var scope = NewDisposeScope();
        var tokens = input.reshape(-1, Dim);
        var output = RunPlainly(tokens) ?? RunRouted(input, tokens);
        return output.view(input.shape).MoveToOuterDisposeScope();
    }

    // Where nothing but the output is asked for.
    private Tensor? RunPlainly(Tensor tokens)
    {
        bool isPlain = !training && !is_grad_enabled() && !Graph.IsCapturing && gate is not null && Statistics is null && Capacity?.EvaluationFactor is null;
        return isPlain && PlainChoices.Of(Router!, gate!.call(tokens)) is { } choices
            ? PackedKernels() is { } kernels ? SpanForward.Run(kernels, tokens, choices.Experts, choices.Weights) : choices.Run(Experts, tokens)
            : null;
    }

    private Tensor RunRouted(Tensor input, Tensor tokens)
    {
        var routing = Route(input);
        var output = RunPacked(tokens, routing) ?? ExpertDispatch.Run(Experts, tokens, routing);
        if (Capacity?.PassesThrough == true && routing.Dropped is var (dropped, weights))
            output = output.index_add(0, dropped, tokens.index_select(0, dropped) * weights.unsqueeze(1), 1);
        if (losses is not null && is_grad_enabled())
            losses.Add(Loss(routing).DetachFromDisposeScope());
        if (!Graph.IsCapturing)
            Statistics?.Add(routing);
        return output;
    }

    /// <inheritdoc/>
    public void BeginLoss()
    {
        losses?.ForEach(loss => loss.Dispose());
        losses = [];
    }

    /// <inheritdoc/>
    public Tensor? TakeLoss()
    {
        using var scope = NewDisposeScope();
        var taken = losses ?? [];
        losses = null;
        taken.ForEach(scope.Attach);
        return taken.Count == 0 ? null : stack(taken).sum().MoveToOuterDisposeScope();
    }

    private Tensor Loss(Routing routing)
    {
        var loss = zeros([], dtype: routing.Logits.dtype, device: routing.Logits.device);
        if (BalanceWeight > 0)
            loss = loss + BalanceWeight * RoutingMath.BalanceLoss(routing.Load, routing.Probabilities);
        if (ImportanceWeight > 0)
            loss = loss + ImportanceWeight * RoutingMath.ImportanceLoss(routing.ToDense().sum([0]));
        return ZWeight > 0 ? loss + ZWeight * RoutingMath.ZLoss(routing.Logits) : loss;
    }

    private Tensor? RunPacked(Tensor tokens, Routing routing) =>
        !training && !Graph.IsCapturing && routing.PerToken > 0 && PackedKernels() is { } kernels ? SpanForward.Run(kernels, tokens, routing.Experts!, routing.Weights!) : null;

    private PackedExperts? PackedKernels()
    {
        if (!experts.All(expert => expert is PackedChainLayer))
            return null;
        var kernels = experts.Select(expert => ((PackedChainLayer)expert).Kernel).ToArray();
        if (packed is null || !packed.Kernels.AsSpan().SequenceEqual(kernels))
            packed = new(new(kernels), kernels);
        return packed.Experts;
    }

    /// <summary>A block like the experts, with fresh weights.</summary>
    /// <param name="hiddenDim">Its width between the layers; that of the experts when null.</param>
    internal Module<Tensor, Tensor> NewExpert(long? hiddenDim = null) => IsGated
        ? new GatedFeedForward(Dim, hiddenDim ?? HiddenDim, ActivationLayer.Of(Activation), HasBias)
        : new FeedForward(Dim, hiddenDim ?? HiddenDim, Activation, DropRate, HasBias);

    // Built again when a layer was put in another's place.
    private sealed record Packed(PackedExperts Experts, IRowOperator[] Kernels);
}
