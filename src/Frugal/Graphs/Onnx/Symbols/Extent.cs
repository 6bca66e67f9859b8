namespace Frugal.Graphs.Onnx.Symbols;

/// <summary>An integer that may grow with the batch: <c>Offset + PerExample · batch</c>.</summary>
internal readonly record struct Extent(long Offset, long PerExample = 0)
{
    /// <summary>True when it is the same for every batch size.</summary>
    public bool IsConstant => PerExample == 0;

    /// <summary>True when it is the batch size itself.</summary>
    public bool IsBatch => this == new Extent(0, 1);

    public static implicit operator Extent(long value) => new(value);

    /// <summary>The integer that has these values in runs with <paramref name="batch"/> and one more examples.</summary>
    public static Extent Between(long first, long second, long batch) => new(first - (second - first) * batch, second - first);

    public override string ToString() => (Offset, PerExample) switch
    {
        (_, 0) => $"{Offset}",
        (0, 1) => "batch",
        (0, _) => $"{PerExample}*batch",
        _ => $"{PerExample}*batch{Offset:+0;-0}",
    };
}
