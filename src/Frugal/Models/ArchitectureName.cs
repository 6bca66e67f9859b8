using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;

namespace Frugal.Models;

/// <summary>The name under which a model is saved, and found again.</summary>
internal static class ArchitectureName
{
    /// <summary>
    /// The published size's name with timm's arguments for what the data decided, where the model is one, so that timm knows it; otherwise the entry's name with all its options.
    /// </summary>
    /// <exception cref="FrugalException">The model has no name in the catalogue.</exception>
    public static (string Name, DocumentMapping Arguments) Of(ModelConfig config)
    {
        var entry = CatalogueIndex.Default.With(config.GetType().Assembly).Find(config.GetType())
            ?? throw new FrugalException($"{config.GetType().FullName} has no name in the catalogue, so the model cannot be saved; mark it [Entry(\"its-name\")].");
        var writer = new ObjectWriter(withDefaults: true, OptionNaming.Snake);
        var options = writer.WriteOptions(config).Without("num_classes");
        foreach (var preset in entry.Presets.Where(preset => preset.Parameters is not null))
        {
            if (config is not ImageModelConfig images)
                break;
            var published = (ImageModelConfig)preset.Value with { NumClasses = images.NumClasses, InChannels = images.InChannels, ImageSize = images.ImageSize };
            if (writer.WriteOptions(published).Without("num_classes").ToString() == options.ToString())
                return (preset.Name, WhatTheDataDecided(images));
        }
        return (entry.Name, options);
    }

    private static DocumentMapping WhatTheDataDecided(ImageModelConfig config)
    {
        var (published, members) = (config.PublishedInput, new List<DocumentMember>());
        if (config.InChannels is { } channels && channels != published.Channels)
            members.Add(new("in_chans", DocumentScalar.OfNumber(channels)));
        if (config.ImageSize is { } size && size != published.Size)
            members.Add(new("img_size", size.Height == size.Width ? DocumentScalar.OfNumber(size.Height) : new DocumentList([DocumentScalar.OfNumber(size.Height), DocumentScalar.OfNumber(size.Width)])));
        return new(members);
    }
}
