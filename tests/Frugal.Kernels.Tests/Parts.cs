namespace Frugal.Kernels.Tests;

/// <summary>Which parts of an epilogue a case uses.</summary>
[Flags]
public enum Parts
{
    None = 0,
    Scale = 1,
    Bias = 2,
    Residual = 4,
    All = 7,
}
