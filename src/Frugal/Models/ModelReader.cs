using System.Runtime.InteropServices;
using Frugal.Catalogue;
using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Packed;
using Frugal.Layers.Surgery;
using Frugal.Models.Text;
using Frugal.Models.Text.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Models;

/// <summary>Builds the model that a folder describes and fills in its weights.</summary>
/// <param name="files">The folder's files.</param>
/// <param name="catalogue">The models and layers that may be named.</param>
internal sealed class ModelReader(HuggingFaceFolder files, CatalogueIndex catalogue)
{
    /// <summary>What the folder's configuration says.</summary>
    public static ModelDescription Describe(HuggingFaceFolder files, CatalogueIndex catalogue)
    {
        string source = Path.Combine(files.Path, "config.json");
        var description = new ModelDescriptionReader(source, catalogue).Read(files.Config);
        return description.Config is TextModelConfig { Head: null } text ? description with { Config = text with { Head = CheckpointHead.Of(files.Weights, source) } } : description;
    }

    /// <param name="wanted">What is to be built, given what was saved.</param>
    /// <exception cref="FrugalException">The description does not fit itself or the weights.</exception>
    public ModelLoad Read(Func<ModelConfig, ModelConfig> wanted)
    {
        var description = Describe(files, catalogue);
        var (saved, config) = (description.Config.Complete(), wanted(description.Config).Complete());
        DescribedSize.RefuseWhatTheFileCannotHold(files, config.LeastParameters);
        var model = config.Build();
        try
        {
            bool isReset = config.NumClasses != saved.NumClasses || (config as TextModelConfig)?.Head != (saved as TextModelConfig)?.Head;
            ReplaceLayers(model, description);
            if (isReset && description.ReplacedLayers.Any(layer => DottedPath.IsWithin(layer.Path, model.ClassifierPath)))
                model.ResetClassifier(config.NumClasses!.Value);
            model.to(description.Type);
            using var arranged = model.Arranged(files.Weights);
            description.Changes.Apply(model, arranged);
            var notes = new List<string>();
            var weights = Fill(model, arranged, notes);
            if (weights.IsComplete)
                CheckPackedLayers(model);
            if (isReset)
            {
                notes.Add($"{(model.ClassifierPath.Length > 0 ? model.ClassifierPath : "What stands on the network")} is a fresh classifier for {Task(config)}; the file's is for {Task(saved)}.");
                weights = Without(weights, model.HeadPaths);
            }
            return new(model, description.Data, weights, notes);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static string Task(ModelConfig config) => config is TextModelConfig { Head: not (TextHead.SequenceClassification or TextHead.TokenClassification) } text ? $"{text.Head}" : $"{config.NumClasses} classes";

    private static StateDictLoad Fill(Model model, IWeights file, List<string> notes)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var own = model.state_dict();
        var weights = StateDictLoad.Into(own, file);
        var adapted = new List<ShapeMismatch>();
        foreach (var mismatch in weights.WronglyShaped)
        {
            if (model.AdaptWeight(mismatch.Name, file.Read(mismatch.Name), mismatch.Expected) is not { } fitting)
                continue;
            own[mismatch.Name].copy_(fitting);
            adapted.Add(mismatch);
            notes.Add($"{mismatch.Name} was resampled from [{string.Join(", ", mismatch.Found)}] to [{string.Join(", ", mismatch.Expected)}].");
        }
        return weights with { Loaded = [.. weights.Loaded, .. adapted.Select(mismatch => mismatch.Name)], WronglyShaped = [.. weights.WronglyShaped.Except(adapted)] };
    }

    // Kernels use some of the numbers as addresses: what is damaged, or was packed by another version, is told of here and not in the first call.
    private void CheckPackedLayers(Model model)
    {
        foreach (var (path, module) in ModulePath.Walk(model))
        {
            try
            {
                (module as ICheckedArrays)?.CheckArrays();
            }
            catch (FrugalException error)
            {
                throw new FrugalException($"{files.Path}: the weights of {path} cannot be used. {error.Message}", error);
            }
        }
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

    private static StateDictLoad Without(StateDictLoad weights, IReadOnlyList<string> paths) => weights with
    {
        Missing = [.. weights.Missing.Where(name => !paths.Any(path => DottedPath.IsWithin(name, path)))],
        Unexpected = [.. weights.Unexpected.Where(name => !paths.Any(path => DottedPath.IsWithin(name, path)))],
        WronglyShaped = [.. weights.WronglyShaped.Where(mismatch => !paths.Any(path => DottedPath.IsWithin(mismatch.Name, path)))],
    };
}
