using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Data.Text;
using Frugal.Models.Text;

namespace Frugal.Models;

/// <summary>
/// A model that was saved before, by Frugal, timm or the transformers library: the recipe goes on from its weights. Where the data asks for another head or has another number of classes, what
/// classifies is fresh; where the images have another size, what depends on it is resampled.
/// </summary>
[Entry("saved")]
public sealed record SavedModelConfig : ModelConfig
{
    private DataInfo? data;

    /// <summary>Folder with <c>config.json</c> and <c>model.safetensors</c>.</summary>
    [Shorthand]
    public string Path { get; init; } = ".";

    /// <summary>Height and width of the input image in pixels; null takes the data's, or the saved size without data.</summary>
    public ImageSize? ImageSize { get; init => field = value?.Checked(nameof(ImageSize)); }

    /// <inheritdoc/>
    public override ModelConfig FitTo(DataInfo data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return this with { data = data };
    }

    /// <inheritdoc/>
    public override ModelConfig For(ImageSize size) => this with { ImageSize = size };

    /// <inheritdoc/>
    public override ModelConfig Complete() => this;

    /// <inheritdoc/>
    protected override Model Create()
    {
        var load = ModelFolder.LoadAs(Path, Wanted);
        if (load.Weights.IsComplete)
            return load.Model;
        load.Model.Dispose();
        throw new FrugalException(load.Weights.ToString());
    }

    private ModelConfig Wanted(ModelConfig saved) => saved switch
    {
        ImageModelConfig images => Wanted(images),
        TextModelConfig texts => Wanted(texts),
        _ => saved,
    };

    private ImageModelConfig Wanted(ImageModelConfig saved)
    {
        var complete = (ImageModelConfig)saved.Complete();
        if (data is null)
            return complete with { NumClasses = NumClasses ?? complete.NumClasses, ImageSize = ImageSize ?? complete.ImageSize };
        if (data is ImageInfo images && images.Channels != complete.InChannels)
            throw new FrugalException($"{Path} holds a model for images of {complete.InChannels} channels, and the data has {images.Channels}.");
        return (ImageModelConfig)(complete with { NumClasses = NumClasses, ImageSize = ImageSize }).FitTo(data);
    }

    private TextModelConfig Wanted(TextModelConfig saved)
    {
        if (data is null)
            return saved with { NumClasses = NumClasses ?? saved.NumClasses };
        var fitting = (TextModelConfig)(saved with { NumClasses = NumClasses, Head = null, Tokens = null }).FitTo(data);
        (data as TextInfo)?.Tokenizer?.RequireFits(checked((int)saved.VocabularySize), Path);
        if (fitting.VocabularySize > saved.VocabularySize)
            throw new FrugalException($"{Path} knows {saved.VocabularySize} tokens and the data has {fitting.VocabularySize}; read the data with the tokeniser that the model was trained with.");
        return fitting with { VocabularySize = saved.VocabularySize };
    }
}
