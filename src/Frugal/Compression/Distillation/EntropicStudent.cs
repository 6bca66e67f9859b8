using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods;
using Frugal.Training.Methods.Distillation;
using Frugal.Training.Optimizers;
using Frugal.Training.Schedules;
using static TorchSharp.torch;

namespace Frugal.Compression.Distillation;

/// <summary>
/// Splits a trained network between a weak device and a server (Matsubara et al., 2021, arXiv 2108.11898): its first layers give way to a small encoder, an entropy bottleneck and a decoder that learn to give
/// the rest what the first layers gave, in few bytes. First encoder, bottleneck and decoder learn from the network as it was; then decoder and rest are fine-tuned on what the coder hands over.
/// </summary>
[Entry("entropic-student", Paper = "entropic-student")]
[Capabilities(WorksOn = ["Conv2d"], CombinesWith = ["train", "measure-split"], NeedsData = true, ChangesShapes = true)]
public sealed class EntropicStudent : Step
{
    /// <summary>Path of the last of the layers that give way; what it gave out is what the decoder learns to give. The paper takes <c>layer1</c> of a ResNet.</summary>
    [Shorthand]
    public string Until { get; init; } = "layer1";

    /// <summary>Channels of the latent that travels, b.</summary>
    [Range(1, 4096)]
    public int BottleneckChannels { get; init => field = Guard.Between(value, 1, 4096); } = 24;

    /// <summary>Convolutions of the encoder; empty takes the paper's, which divide height and width by 4.</summary>
    public IReadOnlyList<CodecStage> Encoder { get; init; } = [];

    /// <summary>Convolutions of the decoder; empty takes the paper's.</summary>
    public IReadOnlyList<CodecStage> Decoder { get; init; } = [];

    /// <summary>Factor on the bits, β: larger ones give fewer bytes. The authors try 0.01 to 2.56, each the double of the one before.</summary>
    [Range(0, double.PositiveInfinity)]
    public double Beta { get; init => field = Guard.NotNegative(value); } = 0.08;

    /// <summary>Patterns over the paths of later layers whose outputs are compared too; empty takes those with weights that follow <see cref="Until"/>.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>Factor on the loss of the labels in the second stage, α; the teacher's logits have the rest.</summary>
    [Range(0, 1)]
    public double HardWeight { get; init => field = Guard.Between(value, 0, 1); } = 0.5;

    /// <summary>Temperature of the logits in the second stage.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double Temperature { get; init => field = Guard.Positive(value); } = 1;

    /// <summary>The training of encoder, bottleneck and decoder: the options of <c>train</c>.</summary>
    public Train First { get; init; } = new()
    {
        Epochs = 10,
        BatchSize = 64,
        Optimizer = new Adam { Lr = 1e-3 },
        Schedule = new StepDecay { Milestones = [0.5, 0.8] },
    };

    /// <summary>The training of decoder and rest that follows: the options of <c>train</c>.</summary>
    public Train Second { get; init; } = new()
    {
        Epochs = 10,
        BatchSize = 128,
        Optimizer = new Sgd { Lr = 1e-3, Momentum = 0.9, WeightDecay = 5e-4 },
        Schedule = new StepDecay { Milestones = [0.5] },
    };

    /// <inheritdoc/>
    public override IEnumerable<Teacher> LearnsFrom => [.. First.LearnsFrom, .. Second.LearnsFrom];

    /// <inheritdoc/>
    /// <exception cref="FrugalException">There is no such layer, the decoder does not give what it gave, or a training fails; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var (original, others) = (subject.Model, subject.OtherModels);
        var front = ModelFront.Of(original, Until);
        var student = ModelCopy.Of(original);
        try
        {
            var bottleneck = Split(subject, student, front);
            subject.Model = student;
            subject.OtherModels = others with { Before = step => step == Name ? new FrozenModel(original, isOwned: false) : others.Before(step) };
            First.With(LearnToImitate(front)).Apply(subject);
            bottleneck.Bottleneck.MakeTables();
            bottleneck.Bottleneck.Rounds = true;
            Second.With(FineTune(front)).Apply(subject);
            bottleneck.Bottleneck.Rounds = false;
        }
        catch
        {
            subject.Model = original;
            student.Dispose();
            throw;
        }
        finally
        {
            subject.OtherModels = others;
        }
        original.Dispose();
        return subject;
    }

    private EntropicBottleneck Split(Subject subject, Model student, ModelFront front)
    {
        var shape = ShapeAt(student, subject.Device);
        if (shape.Length != 4)
            throw new FrugalException($"'{Until}' gives out [{string.Join(", ", shape)}], and the decoder gives feature maps [batch, channels, height, width]; name a layer that does too.");
        // The weights of encoder and decoder are drawn from libtorch's generator, which training seeds anew for every update.
        subject.Random.SeedTorch("entropic-student", subject.History.Count);
        var bottleneck = new EntropicBottleneck(
            student.InputShape[0],
            Encoder.Count > 0 ? Encoder : EntropicBottleneck.PaperEncoder(BottleneckChannels),
            Decoder.Count > 0 ? Decoder : EntropicBottleneck.PaperDecoder((int)shape[1]));
        RequireGives(bottleneck, student, shape);
        front.ReplaceBy(student, bottleneck);
        return bottleneck;
    }

    private void RequireGives(EntropicBottleneck bottleneck, Model student, long[] shape)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        long[] given = bottleneck.call(student.Example(1)).shape;
        if (!given.SequenceEqual(shape))
            throw new FrugalException($"The decoder gives [{string.Join(", ", given)}] for an image [{string.Join(", ", student.InputShape)}], and '{Until}' gave [{string.Join(", ", shape)}]; choose strides and paddings of encoder and decoder so that they agree.");
    }

    private long[] ShapeAt(Model model, Device device)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using var output = new LayerOutputs(model, [Until]);
        model.eval();
        model.call(model.Example(1, device));
        return output.Take(scope)[0].shape;
    }

    // What the decoder learns to give appears where the last of the replaced layers was.
    private IEnumerable<TrainingMethod> LearnToImitate(ModelFront front) =>
    [
        new Freeze { Include = ["*"], Exclude = [$"{front.First}.*"] },
        new KnowledgeDistillation
        {
            Teacher = new TeacherBefore { Step = Name },
            HardWeight = 0,
            Terms = [new FeatureTerm { Layers = [Until, .. Features.Count > 0 ? Features : front.Rest], Reduction = FeatureReduction.Sum }],
        },
        new RatePenalty { Beta = Beta },
    ];

    private IEnumerable<TrainingMethod> FineTune(ModelFront front) =>
    [
        new Freeze { Include = [$"{front.First}.encoder.*", $"{front.First}.entropy_bottleneck.*"] },
        new KnowledgeDistillation
        {
            Teacher = new TeacherBefore { Step = Name },
            HardWeight = HardWeight,
            Terms = [new LogitTerm { Weight = 1 - HardWeight, Temperature = Temperature }],
        },
    ];
}
