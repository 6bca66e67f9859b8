using Frugal.Training.Methods.Pruning;

namespace Frugal.Tests.Training.Methods.Pruning;

public class SparsityScheduleTests
{
    private static SparsitySchedule Cubic => new(0.1, 0.9, Begin: 20, End: 100, Interval: 8, Exponent: 3);

    [Fact]
    public void Goes_from_initial_to_final_and_rests_outside()
    {
        Assert.Equal(0.1, Cubic.At(20), 1e-15);
        Assert.Equal(0.9, Cubic.At(100), 1e-15);
        Assert.Equal(0.1, Cubic.At(0), 1e-15);
        Assert.Equal(0.9, Cubic.At(1000), 1e-15);
    }

    [Fact]
    public void Rises_strictly_and_first_the_most()
    {
        double[] increments = [.. Enumerable.Range(20, 80).Select(t => Cubic.At(t + 1) - Cubic.At(t))];
        Assert.All(increments, increment => Assert.True(increment > 0));
        Assert.Equal(increments[0], increments.Max());
    }

    [Fact]
    public void Half_way_is_seven_eighths() => Assert.Equal(0.875 * 0.9, (Cubic with { Initial = 0 }).At(60), 1e-15);

    [Fact]
    public void Exponent_one_is_linear() => Assert.Equal(0.5, (Cubic with { Exponent = 1 }).At(60), 1e-15);

    [Fact]
    public void Equal_ends_are_constant() => Assert.All(Enumerable.Range(0, 200), t => Assert.Equal(0.9, (Cubic with { Initial = 0.9 }).At(t), 1e-15));

    [Fact]
    public void Beginning_at_the_end_is_one_step() =>
        Assert.Equal([0.125, 0.875, 0.875], new[] { 19L, 20, 21 }.Select((Cubic with { Initial = 0.125, Final = 0.875, End = 20 }).At));

    [Fact]
    public void Prunes_on_its_grid_and_at_the_end()
    {
        Assert.Equal([20L, 28, 36, 44, 52, 60, 68, 76, 84, 92, 100], Due(Cubic));
        Assert.Equal([20L, 50, 80, 100], Due(Cubic with { Interval = 30 }));
        Assert.Equal([20L], Due(Cubic with { End = 20 }));

        static long[] Due(SparsitySchedule schedule) => [.. Enumerable.Range(0, 200).Select(t => (long)t).Where(t => schedule.DueBy(t) > schedule.DueBy(t - 1))];
    }
}
