using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Recipes;

namespace Frugal.Compression;

/// <summary>Puts low-rank adapters from a folder in the PEFT library's layout around the model's linear layers, to run, merge or train on.</summary>
[Entry("load-lora", Paper = "lora-limits")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["lora", "merge-lora"], ChangesShapes = true)]
public sealed class LoadLora : Step
{
    /// <summary>The folder with <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</summary>
    [Shorthand]
    public required string Path { get; init; }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The folder is no LoRA adapter or does not fit the model; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        PeftFolder.Load(subject.Model, Path);
        return subject;
    }
}
