using Frugal.Catalogue;
using Frugal.Compression.Quantization;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Native;
using Frugal.Recipes;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Binary;

/// <summary>
/// Trains a transformer in binary form beside its floating-point self (Xing et al. 2024, BiPFT, arXiv 2312.08937): what is not binary yet becomes so before the first update, and the loss gets the difference of all
/// hidden states and of the logits of whole texts. Pre-trained so, it is fine-tuned with the plain loss: by <c>train</c> alone.
/// </summary>
/// <remarks>
/// Added to the loss of the task: the cross entropy of the logits of whole inputs (a classifier's, or those of BERT's next sentence) under the teacher's probabilities, and the mean over the embedding and all blocks of the
/// mean squared difference of their outputs. Under a head that asks for each token the hidden states count alone.
/// </remarks>
[Entry("bipft", Paper = "bipft")]
[Capabilities(WorksOn = ["SelfAttention", "Linear"], CombinesWith = ["binary-transformer", "pretrain-masked", "pack"], ChangesShapes = true, PackedForm = "binary")]
public sealed class Bipft : TrainingMethod
{
    // One batch sets the steps, as in the paper.
    private const int NumExamples = 32;

    private LayerExchange? exchange;
    private FrozenModel? network;
    private BinaryFollowing? following;
    private Tensor? logits;

    /// <summary>Rank ρ of the maps that stand for what attention on signs loses; 0 for none, the paper's BiPFT-A.</summary>
    [Range(0, 4096)]
    [Shorthand]
    public int EstimatorRank { get; init => field = Guard.Between(value, 0, 4096); } = 1;

    /// <summary>The network to follow: as it was before this training, unless another is named. A network that is binary already needs another.</summary>
    public Teacher Teacher { get; init; } = new TeacherBefore();

    /// <summary>Factor on the difference of hidden states; 0 leaves it out.</summary>
    [Range(0, double.PositiveInfinity)]
    public double HiddenWeight { get; init => field = Guard.NotNegative(value); } = 1;

    /// <summary>Factor on the cross entropy under the teacher's probabilities; 0 leaves it out.</summary>
    [Range(0, double.PositiveInfinity)]
    public double LogitsWeight { get; init => field = Guard.NotNegative(value); } = 1;

    /// <summary>Divides both networks' logits before the softmax.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double Temperature { get; init => field = Guard.Positive(value); } = 1;

    /// <summary>Patterns over the paths of attentions, linear layers and tables of words, <c>*</c> standing for anything; one must match.</summary>
    public IReadOnlyList<string> Include { get; init; } = ["*"];

    /// <summary>Patterns of parts that stay as they are.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <inheritdoc/>
    public override Phase Phase => Phase.Model;

    /// <inheritdoc/>
    public override IEnumerable<Teacher> LearnsFrom => Follows ? [Teacher] : [];

    private bool Follows => HiddenWeight > 0 || LogitsWeight > 0;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">There is no such teacher, or it sees other inputs or has other classes.</exception>
    public override void OnPrepare(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (!Follows)
            return;
        network = Teacher.Open(subject);
        network.RequireFits(subject.Model);
    }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">A pattern matches nothing, the network has no part that is or could become binary, or one cannot be replaced; the model is as before.</exception>
    public override void OnBuild(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var model = subject.Model;
        using var stream = new KeptRandomState();
        using var generator = subject.Random.TorchAt("bipft", subject.History.Count);
        bool isBinary = model.modules().Any(module => module is BinaryAttention or BinaryLinear or BinaryEmbedding);
        if (isBinary && Follows && Teacher is TeacherBefore { Step: null })
            throw new FrugalException($"{model.GetName()} is binary already and would follow itself: name the network to follow by teacher, or train it with the plain loss, without bipft");
        var layers = isBinary ? [] : BinaryTransformer.Of(model, new(Include, Exclude), EstimatorRank, generator);
        if (layers.Count == 0 && !isBinary)
            throw new FrugalException($"bipft finds no part of {model.GetName()} that could become binary: heads and classifiers stay as they are");
        exchange = new(model, layers);
        if (layers.Count > 0)
            BinaryCalibration.Run(model, layers.Select(layer => layer.Replacement), CalibrationExamples.Of(subject.Data.Train, NumExamples, subject.Random)[0].to(subject.Device));
    }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The hidden states of student and teacher do not pair off.</exception>
    public override void OnFitStart(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        if (network is not null)
            following = BinaryFollowing.Of(fit.Subject.Model, network, HiddenWeight > 0, LogitsWeight > 0);
    }

    /// <inheritdoc/>
    public override void OnForward(Fit fit, Tensor outputs) => logits = outputs;

    /// <inheritdoc/>
    public override void OnLoss(Fit fit, ref Tensor loss)
    {
        ArgumentNullException.ThrowIfNull(fit);
        if (following is null)
            return;
        using var scope = NewDisposeScope();
        var (hidden, answers) = following.Terms(logits!, fit.Part.Inputs, Temperature, scope);
        if (hidden is null && answers is null)
            return;
        var followed = loss;
        if (hidden is not null)
            followed = followed + HiddenWeight * hidden;
        if (answers is not null)
            followed = followed + LogitsWeight * answers;
        loss = followed.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void OnFitEnd(Fit fit)
    {
        exchange?.Settle();
        exchange = null;
    }

    /// <inheritdoc/>
    public override void Undo(Subject subject)
    {
        exchange?.Undo();
        exchange = null;
    }

    /// <inheritdoc/>
    public override void Release()
    {
        following?.Dispose();
        network?.Dispose();
        (following, network, logits) = (null, null, null);
    }

    /// <inheritdoc/>
    public override MethodState Save() => MethodState.None;

    /// <inheritdoc/>
    public override void Load(MethodState state) { }
}
