using Frugal.Catalogue;

namespace Frugal.Models;

/// <summary>
/// A model that was saved before, by Frugal or by timm: the recipe goes on from its weights. Where the data has another number of classes, the classifier is a fresh one;
/// where the images have another size, what depends on it is resampled.
/// </summary>
[Entry("saved")]
public sealed record SavedModelConfig : ModelConfig
{
    /// <summary>Folder with <c>config.json</c> and <c>model.safetensors</c>.</summary>
    [Shorthand]
    public string Path { get; init; } = ".";

    /// <inheritdoc/>
    public override PublishedInput PublishedInput
    {
        get
        {
            var config = ModelFolder.ReadConfig(Path).Complete();
            return new PublishedInput(config.NumClasses!.Value, config.InChannels!.Value, config.ImageSize!.Value);
        }
    }

    /// <inheritdoc/>
    protected override Model Create()
    {
        var load = ModelFolder.LoadWhatFits(Path, NumClasses, ImageSize);
        if (load.Weights.IsComplete && load.Model.InputShape[0] == InChannels)
            return load.Model;
        load.Model.Dispose();
        throw new FrugalException(load.Weights.IsComplete
            ? $"{Path} holds a model for images of {load.Model.InputShape[0]} channels, and the data has {InChannels}."
            : load.Weights.ToString());
    }
}
