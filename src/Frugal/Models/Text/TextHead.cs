namespace Frugal.Models.Text;

/// <summary>What stands on a text model.</summary>
public enum TextHead
{
    /// <summary>Nothing: the last hidden states are the result.</summary>
    None,

    /// <summary>Guesses masked tokens.</summary>
    MaskedLanguageModel,

    /// <summary>BERT's pre-training: masked tokens, and whether the second text follows the first.</summary>
    PreTraining,

    /// <summary>A class for the whole text.</summary>
    SequenceClassification,

    /// <summary>A class for each token.</summary>
    TokenClassification,

    /// <summary>Where in the text an answer starts and ends.</summary>
    QuestionAnswering,

    /// <summary>The next token.</summary>
    CausalLanguageModel,
}
