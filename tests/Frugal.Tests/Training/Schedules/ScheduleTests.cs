using Frugal.Training.Schedules;

namespace Frugal.Tests.Training.Schedules;

public class ScheduleTests
{
    private const double Peak = 0.4;

    private static double[] Rates(Schedule schedule, int updates = 100, int perEpoch = 10) =>
        [.. Enumerable.Range(0, updates + 1).Select(update => schedule.At(update, updates, perEpoch, Peak))];

    public class Warming_up
    {
        public static TheoryData<WarmUpSchedule> All =>
        [
            new Constant { WarmUp = Duration.Epochs(2), WarmUpLr = 0.1 },
            new Cosine { WarmUp = Duration.Batches(20), WarmUpLr = 0.1 },
            new Polynomial { WarmUp = 0.2, WarmUpLr = 0.1, WarmUpPrefix = true },
            new StepDecay { WarmUp = 0.2, WarmUpLr = 0.1 },
        ];

        [Theory]
        [MemberData(nameof(All))]
        public void Rises_along_a_line(WarmUpSchedule schedule)
        {
            double[] rates = Rates(schedule);
            for (int update = 0; update < 20; update++)
                Assert.Equal(0.1 + update * (Peak - 0.1) / 20, rates[update], 1e-12);
        }

        [Fact]
        public void With_the_prefix_the_rate_is_continuous_and_without_it_drops()
        {
            Assert.Equal(Peak, Rates(new Cosine { WarmUp = 0.2, WarmUpPrefix = true })[20], 1e-12);
            Assert.Equal(Peak * 0.8, Rates(new Polynomial { WarmUp = 0.2 })[20], 1e-12);
            Assert.Equal(Peak, Rates(new Polynomial { WarmUp = 0.2, WarmUpPrefix = true })[20], 1e-12);
            Assert.Equal(0, Rates(new Polynomial { WarmUp = 0.2, WarmUpPrefix = true })[100], 1e-12);
        }

        [Fact]
        public void All_of_the_training_may_be_warm_up() => Assert.Equal(Peak, Rates(new Cosine { WarmUp = 1.0, WarmUpPrefix = true })[100], 1e-12);
    }

    public class Following_a_cosine
    {
        [Fact]
        public void Falls_from_the_peak_over_the_mean_to_the_minimum()
        {
            double[] rates = Rates(new Cosine { MinLr = 0.1 });
            Assert.Equal(Peak, rates[0], 1e-12);
            Assert.Equal((Peak + 0.1) / 2, rates[50], 1e-12);
            Assert.Equal(0.1, rates[100], 1e-12);
            Assert.All(rates.Zip(rates[1..]), pair => Assert.True(pair.First > pair.Second));
        }

        [Fact]
        public void Restarts_lower_and_longer()
        {
            double[] rates = Rates(new Cosine { Cycle = Duration.Batches(10), CycleMul = 2, CycleDecay = 0.5, CycleLimit = 3, MinLr = 0.01 });
            Assert.Equal(Peak, rates[0], 1e-12);
            Assert.Equal(Peak * 0.5, rates[10], 1e-12);
            Assert.Equal(Peak * 0.25, rates[30], 1e-12);
            Assert.Equal((Peak * 0.5 + 0.01) / 2, rates[20], 1e-12); // the middle of the second cycle, 10 to 30
            Assert.Equal(0.01, rates[70], 1e-12);
        }

        [Theory]
        [InlineData(1.1)]
        [InlineData(1.5)]
        [InlineData(3)]
        public void Finds_the_cycle_at_every_border(double longer)
        {
            double[] rates = Rates(new Cosine { Cycle = Duration.Batches(4), CycleMul = longer, CycleLimit = 1000 }, updates: 5000);
            double start = 0, length = 4;
            for (int update = 0; update <= 5000; update++)
            {
                while (update >= start + length - 1e-9)
                {
                    start += length;
                    length *= longer;
                }
                Assert.Equal(Peak / 2 * (1 + Math.Cos(Math.PI * (update - start) / length)), rates[update], 1e-9);
            }
        }

        [Fact]
        public void A_larger_exponent_stays_high_for_longer() => Assert.True(Rates(new Cosine { KDecay = 2 })[50] > Rates(new Cosine())[50]);
    }

    [Fact]
    public void Linear_is_a_straight_line() =>
        Assert.All(Rates(Polynomial.Linear).Select((rate, update) => (rate, update)), at => Assert.Equal(Peak * (1 - at.update / 100.0), at.rate, 1e-12));

    [Fact]
    public void Polynomial_ends_where_told() => Assert.Equal(0.05, Rates(new Polynomial { Power = 2, EndLr = 0.05 })[100], 1e-12);

    [Fact]
    public void Step_falls_at_its_milestones()
    {
        double[] rates = Rates(new StepDecay { Milestones = [Duration.Epochs(3), 0.6], Factor = 0.5 });
        Assert.Equal(Peak, rates[29]);
        Assert.Equal(Peak / 2, rates[30]);
        Assert.Equal(Peak / 4, rates[60]);
    }

    [Fact]
    public void Refuses_options_out_of_range()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Cosine { MinLr = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Cosine { CycleMul = 0.5 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Cosine { CycleDecay = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Cosine { CycleLimit = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Polynomial { Power = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new StepDecay { Factor = 1.5 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Constant { WarmUpLr = -0.1 });
    }
}
