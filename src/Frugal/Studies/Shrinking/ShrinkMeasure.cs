namespace Frugal.Studies.Shrinking;

/// <summary>What a smaller network is measured by.</summary>
public enum ShrinkMeasure
{
    /// <summary>Bytes of the saved weights.</summary>
    Bytes,

    /// <summary>Parameters stored.</summary>
    Parameters,

    /// <summary>Multiply-adds of one example, as the layers execute it.</summary>
    Flops,

    /// <summary>Time for one example on this machine, measured in turns with the original.</summary>
    Latency,
}
