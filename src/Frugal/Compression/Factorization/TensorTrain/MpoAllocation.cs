namespace Frugal.Compression;

/// <summary>How a budget of parameters is shared among the layers.</summary>
public enum MpoAllocation
{
    /// <summary>Every layer keeps the same share.</summary>
    Uniform,

    /// <summary>Layers whose compression costs most keep more, as measured by compressing each alone.</summary>
    Sensitivity,
}
