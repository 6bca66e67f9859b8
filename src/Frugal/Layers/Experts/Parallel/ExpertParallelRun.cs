using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Experts;

/// <summary>
/// A mixture of experts as several devices run it, in one process: tokens are divided among ranks, each routes its own and sends the rows of each expert to the rank that has it, where the expert, whole or in slices,
/// computes the rows of all ranks at once; they go back the same way (Rajbhandari et al. 2022, section 5). Rows are counted before they are sent, so that nothing is padded and none has to be dropped.
/// </summary>
/// <remarks>A model of the layout, to see what it computes and sends: evaluation only. A capacity counts within a rank's tokens, as on devices.</remarks>
public sealed class ExpertParallelRun : IDisposable
{
    private readonly MixtureOfExperts layer;
    private readonly List<SlicedExpert>? sliced;

    /// <param name="layer">The mixture; it stays the caller's, and its weights as they are now are cut where there are slices.</param>
    /// <param name="ranks">Ranks that divide the experts among them, the degree of expert parallelism.</param>
    /// <param name="slices">Devices that each expert is cut over.</param>
    /// <exception cref="FrugalException">The ranks do not divide the experts, or an expert cannot be cut so.</exception>
    public ExpertParallelRun(MixtureOfExperts layer, int ranks, int slices = 1)
    {
        ArgumentNullException.ThrowIfNull(layer);
        (this.layer, Ranks, Slices) = (layer, Guard.AtLeast(ranks, 1, nameof(ranks)), Guard.AtLeast(slices, 1, nameof(slices)));
        if (layer.NumExperts % ranks != 0)
            throw new FrugalException($"{ranks} ranks do not divide {layer.NumExperts} experts evenly");
        sliced = slices == 1 ? null : [.. layer.Experts.Select(expert => new SlicedExpert(expert, slices))];
    }

    /// <summary>Ranks that divide the experts among them.</summary>
    public int Ranks { get; }

    /// <summary>Devices that each expert is cut over.</summary>
    public int Slices { get; }

    /// <summary>What was sent by the last forward pass; null before the first.</summary>
    public ExpertTraffic? Traffic { get; private set; }

    /// <summary>Runs the mixture: <c>[…, dim]</c> to the same shape.</summary>
    /// <param name="input">The tokens of all ranks, the first rank's first.</param>
    /// <exception cref="FrugalException">The layer is in training, its router has every expert compute every token, or there are fewer tokens than ranks.</exception>
    public Tensor Forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (layer.training)
            throw new FrugalException("The parallel layout is for inference: call eval() on the layer first");
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var tokens = input.reshape(-1, layer.Dim);
        if (tokens.shape[0] < Ranks)
            throw new FrugalException($"{tokens.shape[0]} tokens cannot be divided among {Ranks} ranks");
        var perRank = tokens.tensor_split(Ranks).Select(Dispatch).ToArray();
        var computed = Enumerable.Range(0, layer.NumExperts).Select(expert => Compute(expert, perRank)).ToArray();
        var outputs = Enumerable.Range(0, Ranks).Select(rank => Combine(perRank[rank], [.. computed.Select(rows => rows[rank])]));
        Traffic = Count(perRank);
        return cat([.. outputs]).view(input.shape).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => sliced?.ForEach(expert => expert.Dispose());

    // What a rank sends: its rows by expert, and how many each has.
    private Sent Dispatch(Tensor tokens)
    {
        var routing = layer.Route(tokens);
        if (routing.Experts is null)
            throw new FrugalException("Every expert computes every token here, so there is nothing to divide; choose a router that chooses");
        var (order, counts) = ExpertDispatch.Sort(RoutingMath.Numbers(routing.Experts), layer.NumExperts);
        var places = tensor(order, int64, tokens.device);
        var rows = routing.Tokens!.index_select(0, places);
        return new(tokens, rows, tokens.index_select(0, rows).split(counts), routing.Weights!.index_select(0, places), counts);
    }

    // The expert's output for each rank's rows.
    private Tensor[] Compute(int expert, Sent[] perRank)
    {
        var rows = cat([.. perRank.Select(rank => rank.ByExpert[expert])]);
        if (rows.shape[0] == 0)
            return [.. perRank.Select(rank => rank.ByExpert[expert])];
        var output = sliced is null ? layer.Experts[expert].call(rows) : sliced[expert].Run(rows);
        return output.split([.. perRank.Select(rank => rank.Counts[expert])]);
    }

    private static Tensor Combine(Sent sent, Tensor[] back) => zeros_like(sent.Tokens).index_add(0, sent.Rows, cat(back) * sent.Weights.unsqueeze(1), 1);

    private ExpertTraffic Count(Sent[] perRank)
    {
        int each = layer.NumExperts / Ranks;
        long sent = 0, padded = 0;
        long[] computed = new long[Ranks];
        for (int rank = 0; rank < Ranks; rank++)
        {
            long busiest = perRank[rank].Counts.Max();
            for (int expert = 0; expert < layer.NumExperts; expert++)
            {
                long rows = perRank[rank].Counts[expert];
                computed[expert / each] += rows;
                sent += expert / each == rank ? 0 : rows;
                padded += expert / each == rank ? 0 : busiest;
            }
        }
        return new(sent, padded, computed.Sum() == 0 ? 1 : computed.Max() * (double)Ranks / computed.Sum());
    }

    private sealed record Sent(Tensor Tokens, Tensor Rows, Tensor[] ByExpert, Tensor Weights, long[] Counts);
}
