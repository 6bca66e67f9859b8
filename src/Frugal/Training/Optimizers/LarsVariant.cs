namespace Frugal.Training.Optimizers;

/// <summary>Which of the two definitions of LARS is meant.</summary>
public enum LarsVariant
{
    /// <summary>The original and the toolkits': the gradient is rescaled, then goes into the momentum.</summary>
    Momentum,

    /// <summary>As the LAMB paper writes it (algorithm 1): the gradient goes into the momentum, which is then rescaled.</summary>
    Paper,
}
