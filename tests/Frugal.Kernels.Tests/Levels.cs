namespace Frugal.Kernels.Tests;

/// <summary>The levels that this process can run, so that each path is forced in turn.</summary>
public sealed class Levels : TheoryData<SimdLevel>
{
    public Levels()
    {
        foreach (var level in Enum.GetValues<SimdLevel>())
            if (level <= Simd.Level)
                Add(level);
    }
}
