namespace Frugal.Interop;

/// <summary>How a golden case ended. Only <see cref="Pass"/> is success.</summary>
public enum GoldenVerdict
{
    /// <summary>Every result was computed and agrees.</summary>
    Pass,

    /// <summary>A result is missing or differs, or the file cannot be read.</summary>
    Fail,

    /// <summary>This build has nothing for the method, or cannot make what the case's configuration asks for.</summary>
    Unbuildable,
}
