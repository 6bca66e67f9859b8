using Frugal.Catalogue;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods.Distillation;
using TorchSharp.Modules;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Compression;

/// <summary>
/// Factorizes the linear layers of a trained network and repairs it in an intermediate training, in which its blocks follow those of the network as it was and the products of the factors stay near
/// the weights (Guo et al., 2023, arXiv 2310.10700). Fine-tune afterwards.
/// </summary>
[Entry("pela", Paper = "pela")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["train", "low-rank-to-dense", "quantize-int8"], NeedsData = true, ChangesShapes = true, PackedForm = "low-rank")]
public sealed class Pela : LayerStep
{
    /// <summary>As the authors set it for Swin transformers.</summary>
    [Preset("pela-swin")]
    public static Pela Swin => new() { Ratio = 1.5, Omit = [.. usuallyOmitted, "attn.proj"], PerturbationWeight = 1, Epsilon = 0 };

    /// <summary>As the authors set the ratio for the vision-language model ALBEF, with the parts it leaves dense.</summary>
    [Preset("pela-albef")]
    public static Pela Albef => new() { Ratio = 3, Omit = [.. usuallyOmitted, "cls", "_proj"] };

    private static readonly IReadOnlyList<string> usuallyOmitted = ["norm", "head", "patch_embed", "downsample"];

    /// <summary>How many times fewer numbers the two factors of a layer hold than its weight, ρ; above 1.</summary>
    [Range(1, double.PositiveInfinity, AboveLow = true)]
    [Shorthand]
    public double Ratio { get; init => field = Guard.Above(value, 1); } = 2;

    /// <summary>Words; a layer with one of them in its path stays dense, as does the classifier.</summary>
    public IReadOnlyList<string> Omit { get; init; } = usuallyOmitted;

    /// <summary>Layers with fewer outputs stay dense.</summary>
    [Range(1, 1_000_000)]
    public int LeastOutputs { get; init => field = Guard.Between(value, 1, 1_000_000); } = 10;

    /// <summary>Factor on the mean squared difference of what the blocks give out, λ_f.</summary>
    [Range(0, double.PositiveInfinity)]
    public double FeatureWeight { get; init => field = Guard.NotNegative(value); } = 1;

    /// <summary>Factor on the mean squared difference of the logits, λ_l.</summary>
    [Range(0, double.PositiveInfinity)]
    public double LogitWeight { get; init => field = Guard.NotNegative(value); }

    /// <summary>Factor on the perturbation of the weights, λ_w.</summary>
    [Range(0, double.PositiveInfinity)]
    public double PerturbationWeight { get; init => field = Guard.NotNegative(value); }

    /// <summary>Radius of the ball in which the weights may move, ε.</summary>
    [Range(0, double.PositiveInfinity)]
    public double Epsilon { get; init => field = Guard.NotNegative(value); } = 1e-3;

    /// <summary>Updates from one in which the perturbation counts to the next.</summary>
    [Range(1, 1_000_000)]
    public int PerturbationInterval { get; init => field = Guard.Between(value, 1, 1_000_000); } = 1;

    /// <summary>Patterns over the paths of the blocks whose outputs are compared; empty takes those that the model is a row of.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>The intermediate training: the options of <c>train</c>. Its loss is the task's.</summary>
    public Train Stage { get; init; } = new();

    /// <inheritdoc/>
    public override IEnumerable<Teacher> LearnsFrom => Stage.LearnsFrom;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No layer is chosen, one is too small for the ratio, or the training fails; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var (original, others) = (subject.Model, subject.OtherModels);
        var student = ModelCopy.Of(original);
        try
        {
            LowRank.Factorize(student, RankRule.Ratio(Ratio), Chosen(student), text => subject.Report(new RunEvent.Note($"pela: {text}")));
            subject.Model = student;
            subject.OtherModels = others with { Before = step => step == Name ? new FrozenModel(original, isOwned: false) : others.Before(step) };
            Stage.With(Repairs()).Apply(subject);
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

    /// <summary>The terms that hold the student to the network as it was.</summary>
    private IEnumerable<TrainingMethod> Repairs()
    {
        var original = new TeacherBefore { Step = Name };
        DistillationTerm[] terms =
        [
            .. FeatureWeight > 0 ? (ReadOnlySpan<DistillationTerm>)[new FeatureTerm { Weight = FeatureWeight, Layers = Features }] : [],
            .. LogitWeight > 0 ? (ReadOnlySpan<DistillationTerm>)[new LogitTerm { Weight = LogitWeight, Distance = DistillationDistance.Mse }] : [],
        ];
        if (terms.Length > 0)
            yield return new KnowledgeDistillation { Teacher = original, HardWeight = 1, Terms = terms };
        if (PerturbationWeight > 0)
            yield return new WeightPerturbation { Teacher = original, Weight = PerturbationWeight, Epsilon = Epsilon, Interval = PerturbationInterval };
    }

    private IReadOnlyList<SelectedLayer<Module>> Chosen(Model model) => PelaLayers.Of(model, SelectionIn(model, includeClassifier: false), Omit, LeastOutputs);
}
