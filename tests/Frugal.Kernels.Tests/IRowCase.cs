namespace Frugal.Kernels.Tests;

/// <summary>A random layer that is computed row by row, and what obvious code makes of its inputs.</summary>
internal interface IRowCase
{
    /// <summary>The layer as it runs.</summary>
    IRowOperator Pack();

    /// <summary>Random inputs of so many rows.</summary>
    float[] Inputs(int rows);

    /// <summary>Requires of one row that the output is the obvious code's, within what its sums may lose.</summary>
    void RequireCorrect(ReadOnlySpan<float> row, ReadOnlySpan<float> output);
}
