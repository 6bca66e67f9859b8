using Frugal.Catalogue;

namespace Frugal.Models;

/// <summary>A model that was saved before: the recipe goes on from its weights.</summary>
[Entry("saved")]
public sealed record SavedModelConfig : ModelConfig
{
    /// <summary>Folder with <c>config.json</c> and <c>model.safetensors</c>, saved by Frugal or by timm.</summary>
    [Shorthand]
    public string Path { get; init; } = ".";

    /// <inheritdoc/>
    public override PublishedInput PublishedInput
    {
        get
        {
            using var files = Interop.HuggingFaceFolder.Open(Path);
            var config = ModelDescription.Read(files.Config, System.IO.Path.Combine(Path, "config.json"), CatalogueIndex.Default).Config.Complete();
            return new PublishedInput(config.NumClasses!.Value, config.InChannels!.Value, config.ImageSize!.Value);
        }
    }

    /// <inheritdoc/>
    protected override Model Create()
    {
        var (model, report) = ModelFolder.LoadWhatFits(Path, NumClasses);
        // Only the classifier may differ, and only because another number of classes was asked for.
        string[] misfits = [.. report.Missing.Concat(report.WronglyShaped.Select(mismatch => mismatch.Name)).Where(name => !name.StartsWith(model.ClassifierPath + '.', StringComparison.Ordinal))];
        if (misfits.Length == 0 && report.Unexpected.Count == 0)
            return model;
        model.Dispose();
        throw new FrugalException(report.ToString());
    }
}
