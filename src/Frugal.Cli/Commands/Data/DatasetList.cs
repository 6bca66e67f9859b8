using Frugal.Catalogue;
using Frugal.Data;

namespace Frugal.Cli.Commands.Data;

/// <summary>The datasets of a catalogue, presets among them, with their default options.</summary>
internal static class DatasetList
{
    public static IEnumerable<NamedDataset> Of(CatalogueIndex catalogue) => catalogue.Of(typeof(DataSource)).SelectMany(entry => entry.Presets
        .Select(preset => new NamedDataset(preset.Name, (DataSource)preset.Value))
        .Prepend(new NamedDataset(entry.Name, (DataSource)Activator.CreateInstance(entry.Type)!)));
}
