using System.Reflection;
using Frugal.Catalogue;
using Frugal.Catalogue.Documents;

namespace Frugal.Studies.Papers;

/// <summary>The studies of <c>papers/</c>, carried inside the library so that they run from anywhere.</summary>
public static class PaperStudies
{
    private const string Prefix = "papers/", Suffix = "/study.yaml";

    /// <summary>Slugs of the papers that have a study, in order.</summary>
    public static IReadOnlyList<string> Slugs { get; } =
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..^Suffix.Length])
            .Order(StringComparer.Ordinal)];

    /// <summary>The paper of a slug, or null when it has no study.</summary>
    public static PaperInfo? Find(string slug) =>
        Slugs.Contains(slug) && Read(slug) is DocumentMapping study && study["paper"] is { } paper ? new Catalogue.Binding.Binder().Bind<PaperInfo>(paper) : null;

    /// <summary>The study of a paper, as written.</summary>
    /// <exception cref="FrugalException">There is none; the message lists those there are.</exception>
    public static DocumentNode Read(string slug)
    {
        if (!Slugs.Contains(slug))
            throw new FrugalException($"There is no study for a paper '{slug}'.{NearestName.Hint(slug, Slugs)} Studies: {string.Join(", ", Slugs)}.");
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Prefix + slug + Suffix)!;
        using var reader = new StreamReader(stream);
        return YamlReader.Parse(reader.ReadToEnd(), Prefix + slug + Suffix);
    }
}
