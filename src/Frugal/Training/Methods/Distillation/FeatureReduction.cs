namespace Frugal.Training.Methods.Distillation;

/// <summary>What is made of the squared differences of features.</summary>
public enum FeatureReduction
{
    /// <summary>Their mean over all entries, and over the layers.</summary>
    Mean,

    /// <summary>Their sum over all entries, examples and layers, as losses of rate-distortion theory have it.</summary>
    Sum,
}
