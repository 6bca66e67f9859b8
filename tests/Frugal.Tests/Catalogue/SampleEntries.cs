using Frugal.Catalogue;

namespace Frugal.Tests.Catalogue;

/// <summary>A kind of entry that exists for these tests.</summary>
[CatalogueKind("shape", "shapes")]
public abstract record Shape
{
    /// <summary>Colour of the outline.</summary>
    public virtual Colour Colour { get; init; } = Colour.DarkRed;
}

public enum Colour { DarkRed, Green }

/// <summary>A circle.</summary>
[Entry("circle")]
public sealed record Circle : Shape
{
    private readonly double radius = 1;

    /// <summary>Distance from the middle, in <c>m</c>; see <see cref="Shape"/>.</summary>
    [Range(0, 10, AboveLow = true), Shorthand]
    public double Radius { get => radius; init => radius = value > 0 && value <= 10 ? value : throw new ArgumentOutOfRangeException(nameof(Radius), value, "Radius must be above 0 and at most 10, got " + value.ToString(System.Globalization.CultureInfo.InvariantCulture)); }

    /// <summary>Points drawn.</summary>
    public int? Points { get; init; }

    /// <inheritdoc/>
    public override Colour Colour { get; init; } = Colour.Green;

    /// <summary>A small one.</summary>
    [Preset("small-circle")]
    public static Circle Small => new() { Radius = 0.1, Points = 8 };
}

/// <summary>Shapes together.</summary>
[Entry("drawing")]
public sealed record Drawing : Shape
{
    /// <summary>Title of the drawing.</summary>
    public required string Title { get; init; }

    /// <summary>What is on it.</summary>
    public IReadOnlyList<Shape> Parts { get; init; } = [];

    /// <summary>What it is framed by.</summary>
    public Shape? Frame { get; init; }

    /// <summary>Shapes that are referred to.</summary>
    public IReadOnlyDictionary<string, Shape> Named { get; init; } = new Dictionary<string, Shape>();

    /// <summary>Where it is printed.</summary>
    public Paper Paper { get; init; } = new();

    /// <summary>Sizes in turn.</summary>
    public long[] Sizes { get; init; } = [1, 2];

    /// <summary>How long it is shown.</summary>
    public Duration Shown { get; init; } = 0.5;

    /// <summary>Whether it is on display.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Not an option: computed.</summary>
    public int Count => Parts.Count;
}

/// <summary>A sheet.</summary>
public sealed record Paper
{
    /// <summary>Width in millimetres.</summary>
    public int WidthMm { get; init; } = 210;
}

/// <summary>A line, made through its constructor.</summary>
[Entry("line")]
public sealed record Line : Shape
{
    /// <param name="length">How long, in centimetres.</param>
    /// <param name="isDashed">With gaps.</param>
    public Line([Range(1, 100)] long length, bool isDashed = true)
    {
        Length = Guard.Between(length, 1, 100, nameof(length));
        IsDashed = isDashed;
    }

    public long Length { get; }

    public bool IsDashed { get; }
}
