namespace Frugal.Kernels;

/// <summary>What the sums of each output stand for: <c>Scale · (sum - zero · ColumnSum)</c>. Both are filled up to whole pairs of panels.</summary>
internal sealed class OutputCodes
{
    public OutputCodes(ReadOnlySpan<float> scales, ReadOnlySpan<int> columnSums)
    {
        var outputs = Panel.Count(scales.Length) * Panel.Outputs;
        Scales = new(outputs);
        scales.CopyTo(Scales.Span);
        ColumnSums = new(outputs);
        columnSums.CopyTo(ColumnSums.Span);
    }

    /// <summary>A factor for each output.</summary>
    public AlignedBuffer<float> Scales { get; }

    /// <summary>The sum of each output's weights, by which the code of zero is multiplied.</summary>
    public AlignedBuffer<int> ColumnSums { get; }

    public long Bytes => Scales.Bytes + ColumnSums.Bytes;
}
