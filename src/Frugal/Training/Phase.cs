namespace Frugal.Training;

/// <summary>What a training method acts on; hooks run in this order, closing hooks in reverse.</summary>
public enum Phase
{
    /// <summary>Inputs, targets, selection of examples.</summary>
    Data,

    /// <summary>The modules of the network.</summary>
    Model,

    /// <summary>Terms of the loss.</summary>
    Loss,

    /// <summary>Gradients before the update.</summary>
    Gradient,

    /// <summary>Weights after the update.</summary>
    Weight,
}
