namespace Frugal.Data;

/// <summary>What the targets of an example are.</summary>
public enum TargetKind
{
    /// <summary>The class of the whole example.</summary>
    Label,

    /// <summary>A class for each token, or -100 where nothing is asked.</summary>
    Tokens,

    /// <summary>The first and the last token of a part of the text.</summary>
    Span,
}
