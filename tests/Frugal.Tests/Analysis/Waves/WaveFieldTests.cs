using Frugal.Analysis;
using Frugal.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Analysis.Waves;

public class WaveFieldTests
{
    private static readonly WaveField waves = new(16, 0.7);

    private static Tensor Bump(double x, double y) => tensor([x, y, 0.1, 1.0], [1, 1, 4]);

    [Fact]
    public void Energy_does_not_change()
    {
        using var scope = NewDisposeScope();
        var energy = waves.Energy(waves.Frames(waves.Start(Bump(0.4, 0.6)), 200));
        Assert.True(((energy.max() - energy.min()) / energy.mean()).ToDouble() < 1e-12);
    }

    [Fact]
    public void What_is_symmetric_stays_so_and_the_boundary_stays_zero()
    {
        using var scope = NewDisposeScope();
        var frames = waves.Frames(waves.Start(Bump(0.5, 0.5)), 40);
        Assert.True((frames - frames.flip(-1)).abs().max().ToDouble() < 1e-12);
        Assert.True((frames - frames.transpose(-1, -2)).abs().max().ToDouble() < 1e-12);
        Assert.Equal(0, frames.select(-1, 0).abs().max().ToDouble());
        Assert.Equal(0, frames.select(-2, 16).abs().max().ToDouble());
    }

    [Theory]
    [InlineData(0.95, false)]
    [InlineData(1.1, true)]
    public void Steps_that_are_too_long_blow_up(double cfl, bool blowsUp)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var field = new WaveField(16, cfl);
        var noise = nn.functional.pad(randn([1, 15, 15], float64, generator: generator), [1, 1, 1, 1]);
        Assert.Equal(blowsUp, field.Frames(noise, 300).abs().max().ToDouble() > 1e6);
    }

    [Fact]
    public void Axis_0_is_x()
    {
        using var scope = NewDisposeScope();
        var start = waves.Start(Bump(0.25, 0.75))[0];
        Assert.Equal(4 * 17 + 12, start.argmax().ToInt64());
    }

    [Theory]
    [InlineData(ConvolutionForm.OneWay, false, 8)]
    [InlineData(ConvolutionForm.Shared, false, 8)]
    [InlineData(ConvolutionForm.OneWay, true, 6)]
    public void A_surrogate_errs_less_on_other_fields_the_longer_it_learns_and_leaves_the_model_alone(ConvolutionForm form, bool overTime, int epochs)
    {
        using var subject = TinySubject.Of();
        byte[] before = TinySubject.Bytes(subject);
        double ErrorAfter(int epochs)
        {
            var step = new WaveSurrogate { Form = form, Channels = 2, Epochs = epochs, OverTime = overTime };
            // Over time libtorch's own convolutions take minutes for what oneDNN does in seconds, and with one thread it does it rightly on every processor.
            if (!LibTorch.Context.WithOneDnn(true, () => step.Apply(subject)))
                step.Apply(subject);
            return subject.Metrics["wave-error"]!.Value;
        }

        double little = ErrorAfter(2), more = ErrorAfter(epochs);
        Assert.True(more < 0.97 * little, $"{little} after 2 epochs, {more} after {epochs}");
        Assert.Equal(before, TinySubject.Bytes(subject));
    }

    [Fact]
    public void Channels_are_not_shared_over_time()
    {
        using var subject = TinySubject.Of();
        Assert.Contains("over-time", Assert.Throws<FrugalException>(() => new WaveSurrogate { Form = ConvolutionForm.Shared, OverTime = true }.Apply(subject)).Message, StringComparison.Ordinal);
    }
}
