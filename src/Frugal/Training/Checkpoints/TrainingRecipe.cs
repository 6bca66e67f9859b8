using System.Globalization;
using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;

namespace Frugal.Training.Checkpoints;

/// <summary>Everything that decides what a training computes, as lines <c>name: value</c> that can be compared.</summary>
internal static class TrainingRecipe
{
    // Somebody's own class that is in no catalogue is known by its name alone.
    private static readonly ObjectWriter writer = new(withDefaults: true) { NamesTypes = true };

    /// <summary>The options of a run with their values; when it saves is not among them.</summary>
    public static SortedDictionary<string, string> Of(Fit fit)
    {
        var lines = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["seed"] = fit.Subject.Random.Seed.ToString(CultureInfo.InvariantCulture),
            ["data"] = fit.Subject.Data.Fingerprint,
        };
        foreach (var option in EntryOption.Of(typeof(Train)))
            if (option.Name is not ("checkpoint-every" or "methods") && option.ValueOn(fit.Options) is { } value)
                Add(lines, option.Name, writer.Write(option.Shape, value));
        for (int i = 0; i < fit.Options.Methods.Count; i++)
            Add(lines, $"methods[{i}]", writer.Write(fit.Options.Methods[i]));
        Add(lines, "model", writer.Write(fit.Subject.Model.Config));
        return lines;
    }

    /// <summary>What differs between two recipes, a line each.</summary>
    public static IReadOnlyList<string> Differences(IReadOnlyDictionary<string, string> kept, IReadOnlyDictionary<string, string> now) =>
    [
        .. kept.Keys.Union(now.Keys).Order(StringComparer.Ordinal)
            .Where(name => kept.GetValueOrDefault(name) != now.GetValueOrDefault(name))
            .Select(name => $"{name}: {kept.GetValueOrDefault(name) ?? "absent"} in the checkpoint, {now.GetValueOrDefault(name) ?? "absent"} now"),
    ];

    private static void Add(SortedDictionary<string, string> lines, string name, DocumentNode node)
    {
        switch (node)
        {
            case DocumentMapping mapping:
                foreach (var member in mapping.Members)
                    Add(lines, $"{name}.{member.Name}", member.Value);
                break;
            case DocumentList list:
                for (int i = 0; i < list.Items.Count; i++)
                    Add(lines, $"{name}[{i}]", list.Items[i]);
                break;
            case DocumentScalar scalar:
                lines[name] = scalar.Text;
                break;
        }
    }
}
