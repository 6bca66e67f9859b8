using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Data.Text;
using Frugal.Data.Text.Tokenizers;
using Frugal.Interop;
using static TorchSharp.torch;

namespace Frugal.Models;

/// <summary>
/// A model as a folder of data: <c>config.json</c> and <c>model.safetensors</c>, in the Hugging Face layout with timm's keys for images and the transformers library's for texts. Layers that a step put in are described
/// in the configuration, so that the folder loads without the step; a checkpoint of theirs loads by its architecture's name.
/// </summary>
public static class ModelFolder
{
    /// <summary>Writes a model; one that the folder holds already is replaced.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">The folder; made if it is missing.</param>
    /// <param name="data">What it was trained on: class names and normalisation go into the configuration, a tokenizer's files beside it. Null leaves them out.</param>
    /// <exception cref="FrugalException">The folder cannot be written, or a layer could not be rebuilt from a file.</exception>
    public static void Save(Model model, string folder, DataInfo? data = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var scope = NewDisposeScope();
        if (data is TextInfo { Tokenizer: { } tokenizer })
            TokenizerFolder.Save(tokenizer, folder);
        HuggingFaceFolder.Write(folder, ModelDescription.Write(model, data), model.state_dict().Select(weight => (weight.Key, model.Stored(weight.Key, weight.Value))));
    }

    /// <summary>Reads a model, with every weight in its place.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="catalogue">The entries that may be named; the library's own when null.</param>
    /// <exception cref="FrugalException">The folder is not complete, describes what there is not, or its weights do not fit; the message lists what does not.</exception>
    public static Model Load(string folder, CatalogueIndex? catalogue = null)
    {
        var load = LoadWhatFits(folder, catalogue: catalogue);
        if (load.Weights.IsComplete)
            return load.Model;
        load.Model.Dispose();
        throw new FrugalException(load.Weights.ToString());
    }

    /// <summary>
    /// Reads a model and tells what did not fit, for continuing from somebody else's checkpoint: weights that are missing or of another shape keep
    /// their fresh values.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="numClasses">Number of classes; when it differs from the checkpoint's, the classifier is a fresh one. Null keeps the checkpoint's.</param>
    /// <param name="imageSize">Size of the images; when it differs from the checkpoint's, weights that depend on it are resampled. Null keeps the checkpoint's.</param>
    /// <param name="catalogue">The entries that may be named; the library's own when null.</param>
    /// <exception cref="FrugalException">The folder cannot be read or describes what there is not.</exception>
    public static ModelLoad LoadWhatFits(string folder, int? numClasses = null, ImageSize? imageSize = null, CatalogueIndex? catalogue = null)
    {
        return LoadAs(folder, saved => saved is ImageModelConfig images
            ? images with { NumClasses = numClasses ?? saved.NumClasses, ImageSize = imageSize ?? images.ImageSize }
            : saved with { NumClasses = numClasses ?? saved.NumClasses }, catalogue);
    }

    /// <summary>Reads a model under another description than it was saved with.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="wanted">The description, given the saved one.</param>
    /// <param name="catalogue">The entries that may be named; the library's own when null.</param>
    internal static ModelLoad LoadAs(string folder, Func<ModelConfig, ModelConfig> wanted, CatalogueIndex? catalogue = null)
    {
        using var files = HuggingFaceFolder.Open(folder);
        return new ModelReader(files, catalogue ?? CatalogueIndex.Default).Read(wanted);
    }

    /// <summary>What the model in a folder is built from, without reading its weights or loading libtorch.</summary>
    /// <exception cref="FrugalException">The folder cannot be read or describes what there is not.</exception>
    public static ModelConfig ReadConfig(string folder, CatalogueIndex? catalogue = null)
    {
        using var files = HuggingFaceFolder.Open(folder);
        return ModelReader.Describe(files, catalogue ?? CatalogueIndex.Default).Config;
    }
}
