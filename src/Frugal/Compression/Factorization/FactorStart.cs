namespace Frugal.Compression;

/// <summary>What weights factorized layers begin with.</summary>
public enum FactorStart
{
    /// <summary>The nearest to the trained weights of the layers they replace, for fine-tuning.</summary>
    Project,

    /// <summary>Random ones as a new linear layer has, for training from scratch; the weights of the replaced layers are dropped.</summary>
    Fresh,
}
