namespace Frugal.Data;

/// <summary>What to do with a file that cannot be decoded.</summary>
public enum BrokenFiles
{
    /// <summary>Leave it out and say so.</summary>
    Skip,

    /// <summary>Refuse the dataset.</summary>
    Fail,
}
