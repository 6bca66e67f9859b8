using System.Globalization;

namespace Frugal;

/// <summary>
/// A span of training: epochs (<c>10ep</c>), batches, that is optimiser updates (<c>200ba</c>), or a share of the whole (<c>0.3</c>).
/// </summary>
/// <param name="Value">How many, or which share.</param>
/// <param name="Unit">What <paramref name="Value"/> counts.</param>
public readonly record struct Duration(double Value, DurationUnit Unit)
{
    /// <summary>No time at all.</summary>
    public static readonly Duration Zero = new(0, DurationUnit.Batches);

    /// <summary>So many epochs.</summary>
    public static Duration Epochs(double count) => new(count, DurationUnit.Epochs);

    /// <summary>So many optimiser updates.</summary>
    public static Duration Batches(long count) => new(count, DurationUnit.Batches);

    /// <summary>A share of the whole training, between 0 and 1.</summary>
    public static Duration Share(double share) => new(share, DurationUnit.Share);

    /// <summary>A bare number is a share of the whole.</summary>
    public static implicit operator Duration(double share) => Share(share);

    /// <summary>Reads <c>10ep</c>, <c>200ba</c> or <c>0.3</c>.</summary>
    /// <exception cref="FormatException">The text is none of these, negative, or a share above 1.</exception>
    public static Duration Parse(string text)
    {
        var (number, unit) = text switch
        {
            _ when text.EndsWith("ep", StringComparison.Ordinal) => (text[..^2], DurationUnit.Epochs),
            _ when text.EndsWith("ba", StringComparison.Ordinal) => (text[..^2], DurationUnit.Batches),
            _ => (text, DurationUnit.Share),
        };
        if (!double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !double.IsFinite(value))
            throw new FormatException($"'{text}' is not a duration: write 10ep for epochs, 200ba for batches, or 0.3 for a share of the training");
        if (value < 0 || (unit == DurationUnit.Share && value > 1))
            throw new FormatException($"'{text}' is not a duration: it must not be negative, and a share must not exceed 1 (5ep are epochs, 5ba are batches)");
        if (unit == DurationUnit.Batches && value != Math.Floor(value))
            throw new FormatException($"'{text}' is not a duration: batches are whole");
        return new(value, unit);
    }

    /// <summary>The number of optimiser updates it stands for.</summary>
    /// <param name="updatesPerEpoch">Updates in an epoch.</param>
    /// <param name="totalUpdates">Updates of the whole training.</param>
    public long ToUpdates(long updatesPerEpoch, long totalUpdates) => Unit switch
    {
        DurationUnit.Epochs => (long)Math.Round(Value * updatesPerEpoch),
        DurationUnit.Batches => (long)Value,
        _ => (long)Math.Round(Value * totalUpdates),
    };

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => Value.ToString("R", CultureInfo.InvariantCulture) + Unit switch
    {
        DurationUnit.Epochs => "ep",
        DurationUnit.Batches => "ba",
        _ => "",
    };
}
