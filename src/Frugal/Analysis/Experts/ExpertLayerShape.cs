namespace Frugal.Analysis;

/// <summary>The sizes of a mixture of experts that decide what it costs.</summary>
/// <param name="Dim">Width of a token, M.</param>
/// <param name="HiddenDim">Width between the layers of an expert.</param>
/// <param name="Experts">Number of experts, E.</param>
/// <param name="TopK">Experts of a token, k.</param>
/// <param name="IsResidual">Whether a block stands beside the mixture.</param>
/// <param name="IsGated">Whether an expert has three matrices instead of two.</param>
/// <param name="HasBias">Whether its layers have biases.</param>
public sealed record ExpertLayerShape(long Dim, long HiddenDim, int Experts, double TopK = 1, bool IsResidual = false, bool IsGated = false, bool HasBias = true)
{
    /// <summary>Weights of an expert: 8 M² + 5 M for the usual one of two layers, four times as wide as a token.</summary>
    public long ExpertParameters => Matrices * Dim * HiddenDim + (HasBias ? (Matrices - 1) * HiddenDim + Dim : 0);

    /// <summary>Weights of the gate, and of the mixing coefficients where there is a block beside the mixture.</summary>
    public long GateParameters => Experts * Dim + (IsResidual ? 2 * Dim + 2 : 0);

    /// <summary>Weights that the layer has beyond those of the feed-forward block in whose place it is.</summary>
    public long AddedParameters => (Experts - (IsResidual ? 0 : 1)) * ExpertParameters + GateParameters;

    /// <summary>Multiply-adds of an expert for a row.</summary>
    public long ExpertMacs => Matrices * Dim * HiddenDim;

    private long Matrices => IsGated ? 3 : 2;
}
