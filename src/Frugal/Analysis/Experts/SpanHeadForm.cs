namespace Frugal.Analysis;

/// <summary>What stands between states and the logits of spans.</summary>
public enum SpanHeadForm
{
    /// <summary>A feed-forward block.</summary>
    Dense,

    /// <summary>A mixture of such blocks, two for each token.</summary>
    Experts,
}
