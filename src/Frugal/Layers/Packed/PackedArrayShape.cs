using System.Globalization;
using Frugal.Kernels;
using static TorchSharp.torch;

namespace Frugal.Layers.Packed;

/// <summary>Name, element type and length of one array of a packed weight, written as <c>values:float32:4096</c>.</summary>
/// <param name="Name">Name of the array in its format.</param>
/// <param name="Element">Element type.</param>
/// <param name="Length">Elements.</param>
public sealed record PackedArrayShape(string Name, PackedElement Element, int Length)
{
    private const int MaxLength = 500_000_000;

    /// <summary>Reads <c>name:element:length</c>.</summary>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static PackedArrayShape Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split(':') is [{ Length: > 0 } name, var element, var length]
            && Enum.GetValues<PackedElement>().Where(known => Written(known) == element).ToList() is [var parsed]
            && int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count <= MaxLength
            ? new(name, parsed, count)
            : throw new FormatException($"'{text}' is not an array of a packed weight: write name:element:length, such as values:float32:4096");
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}:{Written(Element)}:{Length}");

    /// <summary>Name of the buffer that holds the array; torch allows no dots in it.</summary>
    internal string Buffer => Name.Replace('.', '_');

    /// <summary>Torch's type of the buffer. Torch computes little with unsigned 16 bits: the bits are carried by signed ones.</summary>
    internal ScalarType Type => Element switch
    {
        PackedElement.Float32 => ScalarType.Float32,
        PackedElement.Int32 => ScalarType.Int32,
        PackedElement.UInt16 => ScalarType.Int16,
        PackedElement.Int8 => ScalarType.Int8,
        PackedElement.UInt8 => ScalarType.Byte,
        _ => throw new InvalidOperationException($"Unknown element {Element}."),
    };

    private static string Written(PackedElement element) => element.ToString().ToLowerInvariant();
}
