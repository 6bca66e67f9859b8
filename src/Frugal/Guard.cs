using System.Numerics;
using System.Runtime.CompilerServices;

namespace Frugal;

/// <summary>
/// Checks an option in its <c>init</c> setter and returns it, so that an object with a value out of range never exists.
/// The exceptions carry the property's name and value; the YAML binder turns them into an error with file, line and column.
/// </summary>
public static class Guard
{
    /// <summary>A value between <paramref name="low"/> and <paramref name="high"/>, both included.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside, or is not a number.</exception>
    public static T Between<T>(T value, T low, T high, [CallerMemberName] string option = "") where T : INumber<T> =>
        value >= low && value <= high ? value : throw OutOfRange(option, value, $"must be between {low} and {high}");

    /// <summary>A value from zero up to, but not including, one: rates and shares that may not be total.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside, or is not a number.</exception>
    public static double Fraction(double value, [CallerMemberName] string option = "") =>
        value >= 0 && value < 1 ? value : throw OutOfRange(option, value, "must be at least 0 and below 1");

    /// <summary>A value above zero, and finite.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative, infinite or not a number.</exception>
    public static T Positive<T>(T value, [CallerMemberName] string option = "") where T : INumber<T> =>
        value > T.Zero && T.IsFinite(value) ? value : throw OutOfRange(option, value, "must be above 0");

    /// <summary>A value of zero or more, and finite.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, infinite or not a number.</exception>
    public static T NotNegative<T>(T value, [CallerMemberName] string option = "") where T : INumber<T> =>
        value >= T.Zero && T.IsFinite(value) ? value : throw OutOfRange(option, value, "must be 0 or more");

    /// <summary>A value of at least <paramref name="low"/>, and finite.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below, infinite or not a number.</exception>
    public static T AtLeast<T>(T value, T low, [CallerMemberName] string option = "") where T : INumber<T> =>
        value >= low && T.IsFinite(value) ? value : throw OutOfRange(option, value, $"must be at least {low}");

    /// <summary>A value above <paramref name="low"/>, and finite.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above, infinite or not a number.</exception>
    public static T Above<T>(T value, T low, [CallerMemberName] string option = "") where T : INumber<T> =>
        value > low && T.IsFinite(value) ? value : throw OutOfRange(option, value, $"must be above {low}");

    private static ArgumentOutOfRangeException OutOfRange<T>(string option, T value, string rule) =>
        new(option, value, FormattableString.Invariant($"{option} {rule}, got {value}"));
}
