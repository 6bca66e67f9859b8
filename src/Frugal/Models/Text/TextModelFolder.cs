using Frugal.Interop;
using Frugal.Models.Text.Checkpoints;
using static TorchSharp.torch;

namespace Frugal.Models.Text;

/// <summary>
/// A text model as a folder of the transformers library: <c>config.json</c> and <c>model.safetensors</c> or several of them with an index. What is downloaded loads as it is, and what is
/// written loads there.
/// </summary>
public static class TextModelFolder
{
    /// <summary>Reads a model with the head that it was saved with, every weight in its place.</summary>
    /// <exception cref="FrugalException">The folder is not complete, describes what there is not, or its weights do not fit; the message lists what does not.</exception>
    public static TextModel Load(string folder)
    {
        var (model, weights) = LoadWhatFits(folder);
        if (weights.IsComplete)
            return model;
        model.Dispose();
        throw new FrugalException(weights.ToString());
    }

    /// <summary>Reads a model under another head, whose weights are fresh, and tells what did not fit.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="head">The head; the one that it was saved with when null.</param>
    /// <param name="numLabels">Classes of a classifying head; the folder's when null.</param>
    /// <exception cref="FrugalException">The folder cannot be read or describes what there is not.</exception>
    public static (TextModel Model, StateDictLoad Weights) LoadWhatFits(string folder, TextHead? head = null, int? numLabels = null)
    {
        using var files = HuggingFaceFolder.Open(folder);
        string source = Path.Combine(files.Path, "config.json");
        var config = TextModelJson.Read(files.Config, source);
        config = config with { NumLabels = numLabels ?? config.NumLabels };
        DescribedSize.RefuseWhatTheFileCannotHold(files, LeastParameters(config));
        var model = config.Build(head ?? TextModelJson.HeadOf(files.Config, source) ?? HeadOf(files.Weights, source));
        try
        {
            return (model, Fill(model, files.Weights));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Writes a model; one that the folder holds already is replaced.</summary>
    /// <exception cref="FrugalException">The folder cannot be written.</exception>
    public static void Save(TextModel model, string folder)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var scope = NewDisposeScope();
        HuggingFaceFolder.Write(folder, TextModelJson.Write(model), model.state_dict().Select(weight =>
            (weight.Key, model.Layout.Transposed.Contains(weight.Key) ? weight.Value.detach().t().contiguous() : weight.Value)));
    }

    /// <summary>Copies weights into a model by name.</summary>
    internal static StateDictLoad Fill(TextModel model, IWeights weights)
    {
        using var scope = NewDisposeScope();
        var own = model.state_dict();
        using var laidOut = new LaidOutWeights(weights, model.Layout, own.Keys);
        return StateDictLoad.Into(own, laidOut);
    }

    private static double LeastParameters(TextModelConfig config) => (double)config.HiddenSize * (config.VocabularySize + 2.0 * config.NumLayers * config.HiddenSize);

    // Where the configuration does not say, the weights do, but for the two that are called alike.
    private static TextHead HeadOf(IWeights weights, string source)
    {
        bool Has(string start) => weights.Names.Any(name => name.StartsWith(start, StringComparison.Ordinal));
        if (Has("cls.seq_relationship."))
            return TextHead.PreTraining;
        if (Has("cls.predictions.") || Has("vocab_transform."))
            return TextHead.MaskedLanguageModel;
        if (Has("qa_outputs."))
            return TextHead.QuestionAnswering;
        if (Has("pre_classifier."))
            return TextHead.SequenceClassification;
        if (Has("classifier."))
            throw new FrugalException($"{source} does not say whether the classifier is for texts or for tokens; add \"architectures\", e.g. [\"BertForSequenceClassification\"].");
        return Has("lm_head.") ? TextHead.CausalLanguageModel : TextHead.None;
    }
}
