namespace Frugal.Analysis;

/// <summary>What learns the clusters of <see cref="ClusterRegression"/>.</summary>
public enum RegressionForm
{
    /// <summary>One feed-forward block.</summary>
    Dense,

    /// <summary>Experts of which the most probable one computes a token, times its probability.</summary>
    Top1,

    /// <summary>Experts of which the two most probable ones compute a token, weighted by their shares.</summary>
    Top2,

    /// <summary>One expert for each token, and a block beside them for all.</summary>
    Residual,
}
