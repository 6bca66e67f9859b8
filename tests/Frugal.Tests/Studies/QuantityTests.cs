using Frugal.Studies.Reports;

namespace Frugal.Tests.Studies;

public class QuantityTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(999, "999")]
    [InlineData(999.7, "1.00 k")]
    [InlineData(266_610, "267 k")]
    [InlineData(25_557_032, "25.6 M")]
    [InlineData(4_110_000_000, "4.11 G")]
    public void Counts_have_three_digits(double count, string text) => Assert.Equal(text, Quantity.Count(count));

    [Theory]
    [InlineData(512, "512 B")]
    [InlineData(1_070_000, "1.07 MB")]
    public void Bytes_are_in_decimal_units(double bytes, string text) => Assert.Equal(text, Quantity.Bytes(bytes));

    [Theory]
    [InlineData(0.84, "0.8 s")]
    [InlineData(42.3, "42 s")]
    [InlineData(187, "3:07")]
    [InlineData(3765, "1:02:45")]
    public void Seconds_turn_into_minutes_and_hours(double seconds, string text) => Assert.Equal(text, Quantity.Seconds(seconds));

    [Theory]
    [InlineData(0.987654, "0.99×")]
    [InlineData(3.16, "3.16×")]
    [InlineData(12.34, "12.3×")]
    public void Ratios_keep_what_can_be_read(double ratio, string text) => Assert.Equal(text, Quantity.Ratio(ratio));

    [Fact]
    public void What_was_not_measured_is_a_dash_and_never_zero() => Assert.Equal(
        ["–", "–", "–", "–", "–", "–"],
        [Quantity.Count(null), Quantity.Bytes(null), Quantity.Percent(null), Quantity.Seconds(null), Quantity.Microseconds(null), Quantity.Ratio(null)]);

    [Fact]
    public void A_share_is_shown_with_its_spread() => Assert.Equal("97.1 ± 0.2", Quantity.Percent(0.9712, 0.0021));
}
