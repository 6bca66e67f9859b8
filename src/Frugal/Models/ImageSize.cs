using System.Globalization;

namespace Frugal.Models;

/// <summary>Size of an image, written <c>32</c> when it is square and <c>32x48</c> (height by width) otherwise.</summary>
/// <param name="Height">Height in pixels.</param>
/// <param name="Width">Width in pixels.</param>
public readonly record struct ImageSize(int Height, int Width)
{
    /// <summary>Longest side that is accepted: a larger one is a slip of the pen, and its buffers would not fit into memory.</summary>
    public const int Longest = 16_384;

    /// <summary>A square image.</summary>
    public static ImageSize Square(int side) => new(side, side);

    /// <summary>A bare number is the side of a square.</summary>
    public static implicit operator ImageSize(int side) => Square(side);

    /// <summary>Reads <c>32</c> or <c>32x48</c>.</summary>
    /// <exception cref="FormatException">The text is neither, or a side lies outside 1 to <see cref="Longest"/>.</exception>
    public static ImageSize Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int cross = text.IndexOf('x', StringComparison.Ordinal);
        return cross < 0 ? Square(Side(text, text)) : new(Side(text[..cross], text), Side(text[(cross + 1)..], text));
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() =>
        Height == Width ? Height.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{Height}x{Width}");

    /// <summary>The same size, checked where it is set as an option.</summary>
    internal ImageSize Checked(string option) =>
        Height is >= 1 and <= Longest && Width is >= 1 and <= Longest
            ? this
            : throw new ArgumentOutOfRangeException(option, this, $"{option} must have sides between 1 and {Longest}, got {this}");

    private static int Side(string number, string text) =>
        int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int side) && side is >= 1 and <= Longest
            ? side
            : throw new FormatException($"'{text}' is not an image size: write 32 for a square, or 32x48 for height by width, with sides from 1 to {Longest}");
}
