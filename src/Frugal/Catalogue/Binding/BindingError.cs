using Frugal.Catalogue.Documents;

namespace Frugal.Catalogue.Binding;

/// <summary>One thing that a document says and that cannot be.</summary>
/// <param name="Mark">Where it says so.</param>
/// <param name="Problem">What was wrong and what would be right, without the place.</param>
public sealed record BindingError(DocumentMark Mark, string Problem)
{
    /// <inheritdoc/>
    public override string ToString() => Mark == default ? Problem : $"{Mark}: {Problem}";
}
