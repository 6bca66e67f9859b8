using static TorchSharp.torch;

namespace Frugal.Layers.Experts;

/// <summary>
/// The row of an expert's buffer in which each choice of a routing stands, so that rows are moved by number instead of by a product with a one-hot matrix (Rajbhandari et al. 2022, arXiv 2201.05596, section 5.4): for
/// experts that stand elsewhere and take buffers of one size, <c>[experts, slots, dim]</c>. The rows of an expert are filled from 0 without gaps; those behind them are zero.
/// </summary>
public sealed class DispatchTable
{
    private readonly long[] tokens, places;
    private readonly long numTokens;

    private DispatchTable(long[] tokens, long[] experts, long[] slots, int numExperts, long capacity, long numTokens)
    {
        (this.tokens, Experts, Slots, NumExperts, Capacity, this.numTokens) = (tokens, experts, slots, numExperts, capacity, numTokens);
        places = [.. experts.Select((expert, choice) => expert * capacity + slots[choice])];
    }

    /// <summary>The token of each choice.</summary>
    public IReadOnlyList<long> Tokens => tokens;

    /// <summary>The expert of each choice.</summary>
    public IReadOnlyList<long> Experts { get; }

    /// <summary>The row of the expert's buffer that each choice has.</summary>
    public IReadOnlyList<long> Slots { get; }

    /// <summary>Number of experts.</summary>
    public int NumExperts { get; }

    /// <summary>Rows of an expert's buffer.</summary>
    public long Capacity { get; }

    /// <summary>Multiplications that bringing outputs back takes, by weight; gathering takes none.</summary>
    /// <param name="dim">Width of a token.</param>
    public long Multiplies(long dim) => tokens.Length * dim;

    /// <summary>Multiplications of the two products with <see cref="Combine"/> that do the same.</summary>
    /// <param name="dim">Width of a token.</param>
    public long OneHotMultiplies(long dim) => 2 * numTokens * NumExperts * Capacity * dim;

    /// <summary>Numbers the choices of each expert.</summary>
    /// <param name="routing">What the router decided; all tokens are of one group.</param>
    /// <param name="order">Whether all first choices come before any second one, or choices stand in the order of the tokens.</param>
    /// <param name="capacity">Rows of a buffer; as many as the busiest expert has when null.</param>
    /// <exception cref="FrugalException">Every expert computes every token, or an expert has more choices than rows.</exception>
    public static DispatchTable Of(Routing routing, CapacityOrder order = CapacityOrder.Choice, long? capacity = null)
    {
        ArgumentNullException.ThrowIfNull(routing);
        if (routing.Experts is null)
            throw new FrugalException("Every expert computes every token here, so there is nothing to dispatch");
        int numExperts = (int)routing.Probabilities.shape[^1];
        long[] experts = RoutingMath.Numbers(routing.Experts), slots = new long[experts.Length], taken = new long[numExperts];
        var choices = Enumerable.Range(0, experts.Length);
        if (order == CapacityOrder.Choice && routing.Ranks is { } given)
        {
            long[] ranks = RoutingMath.Numbers(given);
            choices = choices.OrderBy(choice => ranks[choice]);
        }
        foreach (int choice in choices)
            slots[choice] = taken[experts[choice]]++;
        long busiest = taken.Max(), rows = capacity ?? Math.Max(1, busiest);
        return busiest <= rows
            ? new(RoutingMath.Numbers(routing.Tokens!), experts, slots, numExperts, rows, routing.Probabilities.numel() / numExperts)
            : throw new FrugalException($"An expert was chosen {busiest} times and its buffer has {rows} rows; route with that capacity first");
    }

    /// <summary>The buffers of all experts, <c>[experts, slots, dim]</c>, with zeros in rows that no choice has.</summary>
    /// <param name="input"><c>[tokens, dim]</c>.</param>
    public Tensor Gather(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var rows = input.index_select(0, tensor(tokens, int64, input.device));
        return zeros([NumExperts * Capacity, input.shape[1]], input.dtype, input.device).index_add(0, tensor(places, int64, input.device), rows, 1)
            .view(NumExperts, Capacity, input.shape[1]).MoveToOuterDisposeScope();
    }

    /// <summary>Brings the experts' outputs back: Σ weight · row over the choices of each token, <c>[tokens, dim]</c>.</summary>
    /// <param name="outputs"><c>[experts, slots, dim]</c>.</param>
    /// <param name="weights">Weight of each choice, <c>[choices]</c>.</param>
    public Tensor Scatter(Tensor outputs, Tensor weights)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(weights);
        using var scope = NewDisposeScope();
        var rows = outputs.flatten(0, 1).index_select(0, tensor(places, int64, outputs.device)) * weights.unsqueeze(1);
        return zeros([numTokens, outputs.shape[2]], outputs.dtype, outputs.device).index_add(0, tensor(tokens, int64, outputs.device), rows, 1).MoveToOuterDisposeScope();
    }

    /// <summary>The same as a matrix that the papers multiply with, <c>[tokens, experts, slots]</c>: the weight of a choice in its row, otherwise zero.</summary>
    /// <param name="weights">Weight of each choice, <c>[choices]</c>.</param>
    public Tensor Combine(Tensor weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        using var scope = NewDisposeScope();
        long[] flat = [.. tokens.Select((token, choice) => token * NumExperts * Capacity + places[choice])];
        return zeros([numTokens * NumExperts * Capacity], weights.dtype, weights.device).index_add(0, tensor(flat, int64, weights.device), weights, 1)
            .view(numTokens, NumExperts, Capacity).MoveToOuterDisposeScope();
    }
}
