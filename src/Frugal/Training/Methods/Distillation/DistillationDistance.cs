namespace Frugal.Training.Methods.Distillation;

/// <summary>How logits are compared.</summary>
public enum DistillationDistance
{
    /// <summary>The Kullback-Leibler divergence of the student's probabilities from the teacher's, times the squared temperature.</summary>
    Kl,

    /// <summary>The mean over all entries of the squared difference; it has no temperature.</summary>
    Mse,
}
