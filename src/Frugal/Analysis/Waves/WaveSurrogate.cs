using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Native;
using Frugal.Recipes;
using Frugal.Training.Optimizers;
using Frugal.Training.Schedules;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Adam = Frugal.Training.Optimizers.Adam;

namespace Frugal.Analysis;

/// <summary>
/// Trains a small convolutional network to forecast waves from their start, with kernels stored as they are or as products of one-way filters (Boukraichi et al. 2023). The model stays as it is: the question is about
/// the kernels.
/// </summary>
/// <remarks>Measures <c>wave-error</c>, the mean squared error on fields that it was not trained on over their variance, and <c>wave-parameters</c>.</remarks>
[Entry("wave-surrogate", Paper = "a-priori-compression")]
public sealed class WaveSurrogate : Step
{
    private const int Training = 300, Test = 100, BatchSize = 30, PlaneKernel = 7, SpaceKernel = 5, PlaneLayers = 4, SpaceLayers = 3;

    private static readonly int[] planeMoments = [6, 12, 18, 24], spaceMoments = [4, 8, 12, 16, 20, 24];

    /// <summary>How the kernels are stored.</summary>
    [Shorthand]
    public ConvolutionForm Form { get; init; } = ConvolutionForm.OneWay;

    /// <summary>Products in a sum, R; not used for dense kernels.</summary>
    [Range(1, 64)]
    public long Rank { get; init => field = Guard.Between(value, 1, 64); } = 1;

    /// <summary>Channels of every hidden layer.</summary>
    [Range(1, 1024)]
    public long Channels { get; init => field = Guard.Between(value, 1, 1024); } = 16;

    /// <summary>Passes over the 300 training fields.</summary>
    [Range(1, 10_000)]
    public int Epochs { get; init => field = Guard.Between(value, 1, 10_000); } = 30;

    /// <summary>Peak learning rate of Adam.</summary>
    [Range(0, 1, AboveLow = true)]
    public double Lr { get; init => field = Guard.Positive(Guard.Between(value, 0, 1)); } = 3e-3;

    /// <summary>True for convolutions over time as well, the moments being an axis; otherwise they are channels.</summary>
    public bool OverTime { get; init; }

    /// <inheritdoc/>
    public override bool NeedsWeights => false;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The form shared is asked for over time, where there is none.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (OverTime && Form == ConvolutionForm.Shared)
            throw new FrugalException("wave-surrogate has no shared form over time: choose one-way or dense, or leave over-time out");
        using var scope = NewDisposeScope();
        using var stream = new KeptRandomState();
        var examples = WaveExamples.Draw(Training + Test, Training, OverTime ? spaceMoments : planeMoments, subject.Random);
        var (inputs, targets) = OverTime ? (WithTime(examples.Starts), examples.Later.unsqueeze(1)) : (examples.Starts, examples.Later);
        subject.Random.SeedTorch("wave-surrogate");
        using var network = Build();
        Fit(network, inputs, targets, subject);
        using var mode = no_grad();
        var (left, meant) = (network.call(inputs.narrow(0, Training, Test)), targets.narrow(0, Training, Test));
        subject.Metrics["wave-error"] = ((left - meant).square().mean() / meant.var()).ToDouble();
        subject.Metrics["wave-parameters"] = network.parameters().Sum(parameter => parameter.numel());
        return subject;
    }

    private Module<Tensor, Tensor> Build()
    {
        var layers = new List<(string, Module<Tensor, Tensor>)>();
        int depth = OverTime ? SpaceLayers : PlaneLayers;
        for (int i = 0; i < depth; i++)
        {
            long inputs = i > 0 ? Channels : OverTime ? 2 : 1;
            layers.Add(($"conv{i + 1}", OverTime ? InSpaceTime(inputs) : InPlane(inputs)));
            layers.Add(($"act{i + 1}", Tanh()));
        }
        layers.Add(("out", OverTime ? Conv3d(Channels, 1, 1) : Conv2d(Channels, planeMoments.Length, 1)));
        return Sequential(layers);
    }

    private Module<Tensor, Tensor> InPlane(long inputs) => Form switch
    {
        ConvolutionForm.Dense => Conv2d(inputs, Channels, PlaneKernel, padding: PlaneKernel / 2),
        ConvolutionForm.Shared => new SharedOneWayConv2d(inputs, Channels, [PlaneKernel], Rank, padding: [PlaneKernel / 2]),
        _ => new OneWayConv2d(inputs, Channels, [PlaneKernel], Rank, padding: [PlaneKernel / 2]),
    };

    private Module<Tensor, Tensor> InSpaceTime(long inputs) => Form == ConvolutionForm.Dense
        ? Conv3d(inputs, Channels, SpaceKernel, padding: SpaceKernel / 2)
        : new OneWayConv3d(inputs, Channels, [SpaceKernel], Rank, padding: [SpaceKernel / 2]);

    private void Fit(Module<Tensor, Tensor> network, Tensor inputs, Tensor targets, Subject subject)
    {
        var schedule = new Cosine();
        long perEpoch = Training / BatchSize, total = Epochs * perEpoch;
        using var rule = new Adam { Lr = Lr }.Start([new([.. network.named_parameters().Select(own => (own.name, (Tensor)own.parameter))])]);
        for (long update = 0; update < total; update++)
        {
            subject.Cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            long epoch = update / perEpoch, first = update % perEpoch * BatchSize;
            var chosen = tensor(subject.Random.At("wave-order", epoch).NextPermutation(Training).Skip((int)first).Take(BatchSize).Select(index => (long)index).ToArray());
            rule.ZeroGradients();
            functional.mse_loss(network.call(inputs.index_select(0, chosen)), targets.index_select(0, chosen)).backward();
            rule.Step(schedule.At(update, total, perEpoch, Lr));
        }
    }

    // The start at every moment, and the moment from -1 to 1.
    private static Tensor WithTime(Tensor starts)
    {
        long moments = spaceMoments.Length;
        var repeated = starts.unsqueeze(2).expand(-1, -1, moments, -1, -1);
        var time = linspace(-1, 1, moments, starts.dtype).reshape(1, 1, moments, 1, 1).expand_as(repeated);
        return cat([repeated, time], 1).contiguous();
    }
}
