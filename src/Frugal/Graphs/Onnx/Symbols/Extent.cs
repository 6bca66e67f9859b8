namespace Frugal.Graphs.Onnx.Symbols;

/// <summary>
/// An integer of the computation that may grow with the batch and with dynamic lengths: what it was in each captured run. Arithmetic goes run by run, so that it holds whatever the integer
/// depends on; only where a program must compute it, its formula is asked for (<see cref="Runs.FormulaOf"/>).
/// </summary>
internal sealed class Extent : IEquatable<Extent>
{
    private readonly IReadOnlyList<long> values;

    private Extent(IReadOnlyList<long> values) => this.values = values.All(value => value == values[0]) ? [values[0]] : values;

    /// <summary>True when it is the same in every run.</summary>
    public bool IsConstant => values.Count == 1;

    /// <summary>The integer that is the same in every run.</summary>
    /// <exception cref="InvalidOperationException">It is not.</exception>
    public long Value => IsConstant ? values[0] : throw new InvalidOperationException($"{this} is not one number");

    /// <summary>What it was in a run.</summary>
    public long this[int run] => IsConstant ? values[0] : values[run];

    public static implicit operator Extent(long value) => new([value]);

    /// <summary>The integer with these values in the runs, in their order.</summary>
    public static Extent Of(IEnumerable<long> runs) => new([.. runs]);

    public static Extent operator +(Extent a, Extent b) => Each(a, b, (x, y) => x + y);

    public static Extent operator *(Extent a, Extent b) => Each(a, b, (x, y) => x * y);

    public static Extent operator /(Extent a, Extent b) => Each(a, b, (x, y) => x / y);

    public static Extent operator -(Extent a) => Each(a, a, (x, _) => -x);

    /// <summary>What a function makes of it, run by run.</summary>
    public Extent Each(Func<long, long> change) => new([.. values.Select(change)]);

    public static bool operator ==(Extent? a, Extent? b) => a is null ? b is null : a.Equals(b);

    public static bool operator !=(Extent? a, Extent? b) => !(a == b);

    public bool Equals(Extent? other) => other is not null && values.SequenceEqual(other.values);

    public override bool Equals(object? obj) => obj is Extent other && Equals(other);

    public override int GetHashCode() => values.Aggregate(0, HashCode.Combine);

    /// <summary>The number, or the numbers of the runs.</summary>
    public override string ToString() => string.Join('|', values);

    private static Extent Each(Extent a, Extent b, Func<long, long, long> combine) =>
        new([.. Enumerable.Range(0, Math.Max(a.values.Count, b.values.Count)).Select(run => combine(a[run], b[run]))]);
}
