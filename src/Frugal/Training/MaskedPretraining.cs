using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Data.Text;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models.Text;
using Frugal.Native;
using Frugal.Recipes;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training;

/// <summary>
/// Pre-trains a text model on the training texts without their labels, by hiding tokens that it has to guess (Devlin et al. 2018, arXiv 1810.04805, section 3.1, without the next sentence). What stands on the model is
/// left out meanwhile and comes back as it was.
/// </summary>
[Entry("pretrain-masked")]
[Capabilities(WorksOn = ["SelfAttention"], CombinesWith = ["train", "bipft"], NeedsData = true)]
public sealed class MaskedPretraining : Step
{
    /// <summary>The training: the options of <c>train</c>.</summary>
    public Train Train { get; init; } = new();

    /// <summary>Share of the tokens that are hidden.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double Share { get; init => field = Guard.Fraction(value); } = 0.15;

    /// <summary>Id of the token that hides others; null takes that of the texts' tokenizer.</summary>
    [Range(0, 10_000_000)]
    public int? MaskId { get; init => field = value is { } id ? Guard.Between(id, 0, 10_000_000) : null; }

    /// <inheritdoc/>
    public override IEnumerable<Teacher> LearnsFrom => Train.LearnsFrom;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model is none for texts or has no head that guesses tokens, or the training fails; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (subject.Model is not TextModel model || !model.TextConfig.Heads.Contains(TextHead.MaskedLanguageModel))
            throw new FrugalException($"pretrain-masked needs a text model that can guess hidden tokens, such as bert or distilbert, and got {subject.Model.GetName()}.");
        using var scope = NewDisposeScope();
        using var guesser = Guesser(model, subject);
        var pupil = new Subject
        {
            Model = guesser,
            Data = Hidden(subject.Data),
            Random = subject.Random,
            Device = subject.Device,
            // Its checkpoints are of another network than the subject's.
            Folder = subject.Folder is { } folder ? Path.Combine(folder, "pretraining") : null,
            OtherModels = subject.OtherModels,
            Observer = subject.Observer,
            Cancellation = subject.Cancellation,
            AcceptsChangedRecipe = subject.AcceptsChangedRecipe,
        };
        // What training counts up, its time and updates, goes on from what there is.
        foreach (var (name, value) in subject.Metrics)
            pupil.Metrics[name] = value;
        Train.Apply(pupil);
        Move((TextModel)pupil.Model, model);
        foreach (var (name, value) in pupil.Metrics)
            subject.Metrics[name] = value;
        return subject;
    }

    private static TextModel Guesser(TextModel model, Subject subject)
    {
        using var stream = new KeptRandomState();
        subject.Random.SeedTorch("pretrain-masked", subject.History.Count);
        var guesser = model.TextConfig.Build(TextHead.MaskedLanguageModel);
        guesser.to(subject.Device);
        Move(model, guesser);
        return guesser;
    }

    // The layers that were put in since the architecture was built go along, but for those of the heads.
    private static void Move(TextModel from, TextModel to)
    {
        using var mode = no_grad();
        using var stream = new KeptRandomState();
        ModuleSurgery.ReplaceAll(to, [.. from.ReplacedLayers().Where(layer => !from.IsOfHead(layer.Path)).Select(layer => (layer.Path, (Module)LayerDescription.Build(layer.Description)))]);
        var weights = from.state_dict();
        foreach (var (name, weight) in to.state_dict())
        {
            if (!from.IsOfHead(name) && weights.TryGetValue(name, out var given))
                weight.copy_(given);
        }
    }

    // Whatever the labels are for is not looked at, and the test examples least of all.
    private DataSplits Hidden(DataSplits data)
    {
        var train = new HiddenTokens((TokenDataset)data.Train, Share, MaskId);
        var validation = data.Validation is TokenDataset held ? new HiddenTokens(held, Share, MaskId) : null;
        return new DataSplits(train, validation, validation ?? train, Fingerprint.Of(data.Fingerprint, "hidden", Share));
    }
}
