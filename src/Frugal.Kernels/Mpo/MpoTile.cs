namespace Frugal.Kernels;

/// <summary>A few tokens on their way through the cores, and the memory of their thread.</summary>
internal readonly unsafe struct MpoTile(int firstRow, int tokens, int firstOutput, int endOutput, float* padded, float* even, nint bufferLength)
{
    public int FirstRow { get; } = firstRow;

    public int Tokens { get; } = tokens;

    /// <summary>First output factor of the first core.</summary>
    public int FirstOutput { get; } = firstOutput;

    /// <summary>The one behind the last.</summary>
    public int EndOutput { get; } = endOutput;

    /// <summary>Inputs that are filled up with zeros.</summary>
    public float* Padded { get; } = padded;

    /// <summary>What the first, third, fifth… core leaves.</summary>
    public float* Even { get; } = even;

    /// <summary>What the others leave.</summary>
    public float* Odd { get; } = even + bufferLength;

    /// <summary>Where the rows of a stage begin.</summary>
    public int* Starts { get; } = (int*)(even + 2 * bufferLength);
}
