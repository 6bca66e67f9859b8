namespace Frugal.Growth;

/// <summary>What becomes of the attention layers of models that are merged.</summary>
public enum MergedAttention
{
    /// <summary>Each model's is an expert with keys and values of its own (BAM with KV experts).</summary>
    Experts,

    /// <summary>Each model's queries and outputs are an expert; keys and values are the mean of all (BAM with shared KV, whose cache is no larger than a dense model's).</summary>
    SharedKeyValues,

    /// <summary>The mean of all, and no experts (Branch-Train-Mix).</summary>
    Average,
}
