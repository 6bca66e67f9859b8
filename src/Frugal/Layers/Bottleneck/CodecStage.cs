using System.Globalization;
using System.Text.RegularExpressions;

namespace Frugal.Layers;

/// <summary>A convolution of an encoder or decoder, written <c>96k5s2p2</c>: 96 channels, a kernel of 5x5, stride 2, 2 pixels of padding.</summary>
/// <param name="Channels">Channels of the output.</param>
/// <param name="Kernel">Height and width of the kernel.</param>
/// <param name="Stride">Step of the kernel.</param>
/// <param name="Padding">Zeros added on every side.</param>
public readonly partial record struct CodecStage(int Channels, int Kernel, int Stride, int Padding)
{
    /// <summary>Reads <c>96k5s2p2</c>.</summary>
    /// <exception cref="FormatException">The text is something else, or a number is out of range.</exception>
    public static CodecStage Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var match = Form().Match(text);
        if (!match.Success)
            throw new FormatException($"'{text}' is not a convolution: write 96k5s2p2 for 96 channels, a kernel of 5, stride 2 and padding 2");
        int Number(string name) => int.Parse(match.Groups[name].Value, CultureInfo.InvariantCulture);
        return new(Number("channels"), Number("kernel"), Number("stride"), Number("padding"));
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => FormattableString.Invariant($"{Channels}k{Kernel}s{Stride}p{Padding}");

    [GeneratedRegex("^(?<channels>[1-9][0-9]{0,4})k(?<kernel>[1-9][0-9]?)s(?<stride>[1-9][0-9]?)p(?<padding>[0-9]{1,2})$")]
    private static partial Regex Form();
}
