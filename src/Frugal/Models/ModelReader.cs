using System.Runtime.InteropServices;
using Frugal.Catalogue;
using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Models;

/// <summary>Builds the model that a folder describes and fills in its weights.</summary>
/// <param name="files">The folder's files.</param>
/// <param name="catalogue">The models and layers that may be named.</param>
internal sealed class ModelReader(HuggingFaceFolder files, CatalogueIndex catalogue)
{
    /// <summary>What the folder's configuration says.</summary>
    public static ModelDescription Describe(HuggingFaceFolder files, CatalogueIndex catalogue) =>
        new ModelDescriptionReader(Path.Combine(files.Path, "config.json"), catalogue).Read(files.Config);

    /// <exception cref="FrugalException">The description does not fit itself or the weights.</exception>
    public ModelLoad Read(int? numClasses, ImageSize? imageSize)
    {
        var description = Describe(files, catalogue);
        var config = description.Config with { NumClasses = numClasses ?? description.Config.NumClasses, ImageSize = imageSize ?? description.Config.ImageSize };
        DescribedSize.RefuseWhatTheFileCannotHold(files, config.Complete().LeastParameters);
        var model = config.Build();
        try
        {
            bool isReset = numClasses is { } wanted && wanted != description.Config.Complete().NumClasses;
            ReplaceLayers(model, description);
            if (isReset && description.ReplacedLayers.Any(layer => IsWithin(layer.Path, model.ClassifierPath)))
                model.ResetClassifier(numClasses!.Value);
            model.to(description.Type);
            description.Changes.Apply(model, files.Weights);
            var notes = new List<string>();
            var weights = Fill(model, notes);
            if (isReset)
            {
                notes.Add($"{model.ClassifierPath} is a fresh classifier for {numClasses} classes; the file's is for {description.Config.Complete().NumClasses}.");
                weights = Without(weights, model.ClassifierPath);
            }
            return new(model, description.Data, weights, notes);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private StateDictLoad Fill(Model model, List<string> notes)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var own = model.state_dict();
        var weights = StateDictLoad.Into(own, files.Weights);
        var adapted = new List<ShapeMismatch>();
        foreach (var mismatch in weights.WronglyShaped)
        {
            if (model.AdaptWeight(mismatch.Name, files.Weights.Read(mismatch.Name), mismatch.Expected) is not { } fitting)
                continue;
            own[mismatch.Name].copy_(fitting);
            adapted.Add(mismatch);
            notes.Add($"{mismatch.Name} was resampled from [{string.Join(", ", mismatch.Found)}] to [{string.Join(", ", mismatch.Expected)}].");
        }
        return weights with { Loaded = [.. weights.Loaded, .. adapted.Select(mismatch => mismatch.Name)], WronglyShaped = [.. weights.WronglyShaped.Except(adapted)] };
    }

    private void ReplaceLayers(Model model, ModelDescription description)
    {
        foreach (var (path, layer) in description.ReplacedLayers)
        {
            try
            {
                ModuleSurgery.Replace(model, path, LayerDescription.Build(layer, catalogue));
            }
            catch (Exception error) when (error is FrugalException or ArgumentException or ExternalException)
            {
                throw new FrugalException($"{files.Path}: the layer described for {path} cannot be put there: {error.Message}", error);
            }
        }
    }

    private static StateDictLoad Without(StateDictLoad weights, string path) => weights with
    {
        Missing = [.. weights.Missing.Where(name => !IsWithin(name, path))],
        Unexpected = [.. weights.Unexpected.Where(name => !IsWithin(name, path))],
        WronglyShaped = [.. weights.WronglyShaped.Where(mismatch => !IsWithin(mismatch.Name, path))],
    };

    private static bool IsWithin(string name, string path) => name == path || name.StartsWith(path + '.', StringComparison.Ordinal);
}
