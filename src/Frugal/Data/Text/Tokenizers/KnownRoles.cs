namespace Frugal.Data.Text.Tokenizers;

/// <summary>What the tokens with a role are called where no file says so: older folders leave that to the name of the model.</summary>
internal static class KnownRoles
{
    private static readonly SpecialTokens[] known =
    [
        SpecialTokens.Bert,
        new() { Padding = "<pad>", Unknown = "<unk>", Classify = "<s>", Separator = "</s>", Mask = "<mask>" },
        new() { Unknown = "<|endoftext|>", Classify = "<|endoftext|>", Separator = "<|endoftext|>" },
        new() { Classify = "<|begin_of_text|>", Separator = "<|end_of_text|>" },
    ];

    /// <summary>The roles of the first known family whose tokens are all there; none where there is no such family.</summary>
    public static SpecialTokens Of(Vocabulary vocabulary) => known.FirstOrDefault(roles => roles.All.All(token => vocabulary.IdOf(token) is not null)) ?? new SpecialTokens();
}
