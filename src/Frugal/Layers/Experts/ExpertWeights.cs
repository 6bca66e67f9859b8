namespace Frugal.Layers.Experts;

/// <summary>The weight with which the output of a chosen expert counts.</summary>
public enum ExpertWeights
{
    /// <summary>Probabilities of the chosen experts, divided by their sum (GShard, Mixtral): a token's weights add up to 1 unless one was dropped.</summary>
    Normalized,

    /// <summary>The probabilities of the softmax over all experts, as they are (Switch, WideNet).</summary>
    Probability,

    /// <summary>Divided by the sum over those that found room (DeepSpeed's top-2): a token's weights add up to 1 unless all were dropped.</summary>
    NormalizedAfterDropping,

    /// <summary>1 in value, with the gradient of the probability's logarithm (Switch without scaling).</summary>
    StraightThrough,

    /// <summary>Experts ÷ choices, without a gradient: experts that were cut from one block then add up to its size (FactorLLM).</summary>
    Even,

    /// <summary>1, without a gradient.</summary>
    Unit,
}
