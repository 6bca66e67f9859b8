using Frugal.Interop;

namespace Frugal.Models.Text.Checkpoints;

/// <summary>The head that a file's weights are for, where its configuration does not say.</summary>
internal static class CheckpointHead
{
    /// <exception cref="FrugalException">Two heads have weights of these names.</exception>
    public static TextHead Of(IWeights weights, string source)
    {
        bool Has(string start) => weights.Names.Any(name => name.StartsWith(start, StringComparison.Ordinal));
        if (Has("cls.seq_relationship."))
            return TextHead.PreTraining;
        if (Has("cls.predictions.") || Has("vocab_transform."))
            return TextHead.MaskedLanguageModel;
        if (Has("qa_outputs."))
            return TextHead.QuestionAnswering;
        if (Has("pre_classifier.") || Has("score."))
            return TextHead.SequenceClassification;
        if (Has("classifier."))
            throw new FrugalException($"{source} does not say whether the classifier is for texts or for tokens; add \"architectures\", e.g. [\"BertForSequenceClassification\"].");
        return Has("lm_head.") ? TextHead.CausalLanguageModel : TextHead.None;
    }
}
