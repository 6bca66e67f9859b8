namespace Frugal.Training.Continual;

/// <summary>What is read off the codebooks that a classifier is made of.</summary>
public enum KeyReading
{
    /// <summary>A trained value for each key: the discrete key-value bottleneck.</summary>
    Values,

    /// <summary>The keys themselves, with a linear layer on them, which every example changes.</summary>
    Keys,
}
