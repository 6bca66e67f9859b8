namespace Frugal.Analysis;

/// <summary>
/// Divides mixtures of experts among devices so that a pass takes as little time as a model of its cost says (after Rajbhandari et al. 2022, "DeepSpeed-MoE", section 5): expert parallelism shares out experts and so
/// the weights that a device reads, slicing goes on where there are more devices than experts, copies share out tokens, and exchanges by nodes save messages at twice the volume.
/// </summary>
public static class ExpertPlanner
{
    /// <summary>The fastest placement of each layer whose experts leave every layer its part of the memory.</summary>
    /// <param name="cluster">The devices.</param>
    /// <param name="layers">The mixtures of a model.</param>
    /// <param name="tokens">Tokens of a pass, over all devices.</param>
    /// <param name="bytesPerNumber">Bytes of a weight and of a feature.</param>
    /// <exception cref="FrugalException">The experts do not fit, or the nodes are not whole.</exception>
    public static IReadOnlyList<ExpertPlacement> Plan(DeviceCluster cluster, IReadOnlyList<ExpertLayerShape> layers, long tokens, double bytesPerNumber = 4)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(layers);
        Guard.AtLeast(tokens, 1, nameof(tokens));
        Guard.Positive(bytesPerNumber, nameof(bytesPerNumber));
        if (cluster.Devices > cluster.NodeSize && cluster.Devices % cluster.NodeSize != 0)
            throw new FrugalException($"{cluster.Devices} devices do not make whole nodes of {cluster.NodeSize}");
        double all = layers.Sum(layer => (double)layer.Experts * layer.ExpertParameters);
        return [.. layers.Select(layer => Best(layer, cluster.Memory * layer.Experts * layer.ExpertParameters / all))];

        ExpertPlacement Best(ExpertLayerShape layer, double memory)
        {
            var candidates = Candidates(cluster, layer, tokens, bytesPerNumber).ToList();
            return candidates.Where(placement => placement.DeviceBytes <= memory).MinBy(placement => placement.LatencyUs) ?? throw new FrugalException(
                $"The experts do not fit: a layer of {layer.Experts} takes {candidates.Min(placement => placement.DeviceBytes) / 1e9:0.###} GB of a device at least, and its part of the memory is {memory / 1e9:0.###} GB; give more devices, or more memory");
        }
    }

    /// <summary>Every way to divide a layer: ranks divide the experts, slices the hidden units and a node, and both together the devices.</summary>
    /// <param name="cluster">The devices.</param>
    /// <param name="layer">The mixture.</param>
    /// <param name="tokens">Tokens of a pass.</param>
    /// <param name="bytesPerNumber">Bytes of a weight and of a feature.</param>
    public static IEnumerable<ExpertPlacement> Candidates(DeviceCluster cluster, ExpertLayerShape layer, long tokens, double bytesPerNumber)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(layer);
        int node = Math.Min(cluster.NodeSize, cluster.Devices);
        return from ranks in Divisors(Math.Min(layer.Experts, cluster.Devices))
               where layer.Experts % ranks == 0
               from slices in Divisors(node)
               where cluster.Devices % (ranks * slices) == 0 && layer.HiddenDim % slices == 0
               let perNode = node / slices
               from byNodes in ranks > perNode && perNode > 1 && ranks % perNode == 0 ? new[] { false, true } : [false]
               select Cost(cluster, layer, tokens, bytesPerNumber, ranks, slices, byNodes);
    }

    private static ExpertPlacement Cost(DeviceCluster cluster, ExpertLayerShape layer, long tokens, double bytesPerNumber, int ranks, int slices, bool byNodes)
    {
        double tokensPerRank = tokens * (double)slices / cluster.Devices, rows = tokensPerRank * layer.TopK, hop = cluster.HopLatency;
        int perNode = Math.Max(1, Math.Min(cluster.NodeSize, cluster.Devices) / slices);
        double Us(double bytes, double perSecond) => 1e6 * bytes / perSecond;
        // Ranks of one slice index exchange their part of a row among each other; the group then puts rows together.
        double sent = rows * layer.Dim * bytesPerNumber * (ranks - 1) / ranks, part = sent / slices;
        double exchange = ranks == 1 ? 0
            : byNodes ? hop * (perNode - 1 + ranks / perNode - 1) + Us(part, cluster.NodeBandwidth) + Us(part, cluster.NetworkBandwidth)
            : hop * (ranks - 1) + Us(part, ranks > perNode ? cluster.NetworkBandwidth : cluster.NodeBandwidth);
        double gather = ranks == 1 || slices == 1 ? 0 : hop * (slices - 1) + Us(sent * (slices - 1) / slices, cluster.NodeBandwidth);
        // Experts that no row chose are not read.
        double touched = (double)layer.Experts / ranks * (1 - Math.Pow(1 - 1.0 / layer.Experts, rows * ranks));
        double expertBytes = layer.ExpertParameters * bytesPerNumber / slices;
        double Compute(double experts, double count) => Math.Max(Us(experts * expertBytes, cluster.MemoryBandwidth), Us(count * layer.ExpertMacs / slices, cluster.Throughput));
        double reduced = rows * layer.Dim * bytesPerNumber;
        return new(layer, ranks, slices, cluster.Devices / (ranks * slices), byNodes)
        {
            ExchangeUs = 2 * (exchange + gather),
            ExpertUs = Compute(touched, rows),
            ReduceUs = slices == 1 ? 0 : 2 * (hop * (slices - 1) + Us(reduced * (slices - 1) / slices, cluster.NodeBandwidth)),
            ResidualUs = layer.IsResidual ? Compute(1, tokensPerRank) : 0,
            DeviceBytes = layer.Experts / ranks * expertBytes,
        };
    }

    private static IEnumerable<int> Divisors(int number) => Enumerable.Range(1, number).Where(divisor => number % divisor == 0);
}
