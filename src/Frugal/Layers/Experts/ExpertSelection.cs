namespace Frugal.Layers.Experts;

/// <summary>How the experts of a token are found.</summary>
public enum ExpertSelection
{
    /// <summary>The most probable ones; of equal ones the first.</summary>
    Best,

    /// <summary>In training drawn by Gumbel noise on the logits (DeepSpeed's RSample); in evaluation the most probable ones.</summary>
    Sampled,

    /// <summary>The most probable one, and the others drawn by Gumbel noise on the logits, in evaluation too (GShard's top-2 as DeepSpeed has it).</summary>
    SampledAfterFirst,
}
