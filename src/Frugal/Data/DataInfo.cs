using static TorchSharp.torch;

namespace Frugal.Data;

/// <summary>What a model must know of the data it is for.</summary>
/// <param name="ClassNames">Names of the classes, in the order of their labels.</param>
public abstract record DataInfo(IReadOnlyList<string> ClassNames)
{
    /// <summary>Number of classes.</summary>
    public int NumClasses => ClassNames.Count;

    /// <summary>Shape of one input: <c>[channels, height, width]</c> or <c>[tokens]</c>.</summary>
    public abstract IReadOnlyList<long> InputShape { get; }

    /// <summary>What the targets of an example are.</summary>
    public virtual TargetKind Targets => TargetKind.Label;

    /// <summary>What a batch looks like to a network, with random numbers instead of examples: for measuring time, and for calibration without data.</summary>
    /// <param name="batch">Number of examples.</param>
    /// <param name="device">Where it is made.</param>
    /// <param name="generator">Where the numbers come from; libtorch's own generator when null.</param>
    public abstract Tensor RandomInputs(long batch, Device device, Generator? generator = null);
}
