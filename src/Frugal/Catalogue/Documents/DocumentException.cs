namespace Frugal.Catalogue.Documents;

/// <summary>A file that is not a document at all, or asks for more than a reader should give: before any question of what it means.</summary>
public sealed class DocumentException : FrugalException
{
    /// <param name="mark">Where.</param>
    /// <param name="problem">What was wrong, and what would be right.</param>
    /// <param name="inner">The failure underneath.</param>
    public DocumentException(DocumentMark mark, string problem, Exception? inner = null) : base($"{mark}: {problem}", inner)
    {
        Mark = mark;
        Problem = problem;
    }

    /// <summary>Where.</summary>
    public DocumentMark Mark { get; }

    /// <summary>What was wrong, without the place.</summary>
    public string Problem { get; }
}
