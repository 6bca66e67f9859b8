namespace Frugal.Catalogue.Documents;

/// <summary>A place in a file.</summary>
/// <param name="Source">Name of the file as the person gave it, or what stands for one, e.g. <c>--set</c>.</param>
/// <param name="Line">Line, from 1; 0 when the place within the source is not known.</param>
/// <param name="Column">Column, from 1; 0 when the place within the source is not known.</param>
public readonly record struct DocumentMark(string Source, int Line, int Column)
{
    /// <summary>The form that editors and terminals turn into a link: <c>recipe.yaml:12:9</c>.</summary>
    public override string ToString() => Line > 0 ? $"{Source}:{Line}:{Column}" : Source;
}
