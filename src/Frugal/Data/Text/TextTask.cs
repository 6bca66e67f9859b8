namespace Frugal.Data.Text;

/// <summary>What is asked about texts.</summary>
public enum TextTask
{
    /// <summary>The class of a text.</summary>
    SequenceClassification,

    /// <summary>The class of each token.</summary>
    TokenClassification,

    /// <summary>Tokens that were hidden.</summary>
    MaskedLanguageModel,

    /// <summary>The token after each token.</summary>
    CausalLanguageModel,

    /// <summary>Where in a text the answer to a question stands.</summary>
    QuestionAnswering,
}
