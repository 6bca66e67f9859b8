using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;
using Frugal.Studies;

namespace Frugal.Cli.Commands.Methods;

/// <summary>The papers, as the heads of the embedded studies <c>papers/SLUG/study.yaml</c> describe them.</summary>
internal static class PaperShelf
{
    /// <summary>The paper of a slug, or null when it has no study that names it.</summary>
    public static PaperInfo? Find(string slug)
    {
        string name = $"papers/{slug}/study.yaml";
        using var stream = typeof(Study).Assembly.GetManifestResourceStream(name);
        if (stream is null)
            return null;
        using var reader = new StreamReader(stream);
        return YamlReader.Parse(reader.ReadToEnd(), name) is DocumentMapping study && study["paper"] is { } paper ? new Binder().Bind<PaperInfo>(paper) : null;
    }
}
