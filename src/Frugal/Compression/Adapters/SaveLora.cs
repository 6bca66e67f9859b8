using Frugal.Catalogue;
using Frugal.Interop;
using Frugal.Layers;
using Frugal.Recipes;

namespace Frugal.Compression;

/// <summary>Writes the model's low-rank adapters, and the classifier that was trained beside them, as a folder in the PEFT library's layout; the frozen weights are not in it.</summary>
[Entry("save-lora", Paper = "lora-limits")]
[Capabilities(WorksOn = ["LoraLinear"], CombinesWith = ["lora", "load-lora"])]
public sealed class SaveLora : Step
{
    /// <summary>The folder, within the run's folder where there is one.</summary>
    [Shorthand]
    public string Path { get; init; } = "adapter";

    /// <summary>Leaves the classifier out.</summary>
    public bool AdaptersOnly { get; init; }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no adapter, or the folder cannot be written.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var model = subject.Model;
        PeftFolder.Save(model, subject.Folder is { } folder ? ContainedPath.Resolve(folder, Path) : Path, AdaptersOnly || model.NumClasses == 0 ? [] : [model.ClassifierPath]);
        return subject;
    }
}
