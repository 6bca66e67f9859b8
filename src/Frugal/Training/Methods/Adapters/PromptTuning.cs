using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Methods.Adapters;

/// <summary>
/// Freezes a trained transformer and trains a prompt: rows in front of the embedded tokens, which run through the whole network beside them and which its head does not see (Lester et al. 2021, arXiv
/// 2104.08691; for images Jia et al. 2022, arXiv 2203.12119, shallow). The classifier is trained as it is.
/// </summary>
[Entry("prompt-tuning", Paper = "deft")]
[Capabilities(WorksOn = ["SelfAttention"], CombinesWith = ["gradient-noise", "deft"], ChangesShapes = true)]
public sealed class PromptTuning : BranchAdapters
{
    /// <summary>Takes what the first block of the network is given.</summary>
    public PromptTuning() => Include = [];

    /// <summary>Rows of the prompt.</summary>
    [Range(1, 65_536)]
    [Shorthand]
    public long NumTokens { get; init => field = Guard.Between(value, 1, 65_536); } = 20;

    /// <summary>Standard deviation of the numbers that it begins with.</summary>
    [Range(0, 1e6)]
    public double InitialStd { get; init => field = Guard.Between(value, 0, 1e6); } = 0.02;

    /// <inheritdoc/>
    protected override IReadOnlyList<(string Path, Module<Tensor, Tensor> Layer, long Dim)> Chosen(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        IReadOnlyList<string> own = model.TokensPath.Length > 0 ? [model.TokensPath] : [];
        var chosen = Include.Count > 0
            ? [.. new LayerSelection(Include, Exclude).Of<Module<Tensor, Tensor>>(model).Select(layer => layer.Path)]
            : new LayerSelection(["*"], Exclude).Of(own, "layer that gives the embedded tokens", model.GetName());
        return chosen.Count > 0
            ? SequenceLayers.Of(model, chosen, "prompt-tuning")
            : throw new FrugalException($"prompt-tuning finds no sequence of tokens in {model.GetName()}: name the layer that gives what the first block takes by include");
    }

    /// <inheritdoc/>
    protected override Layer Branch(string path, long dim, Generator generator)
    {
        var prompt = new LearnedRows(NumTokens, dim);
        prompt.Draw(InitialStd, generator);
        return prompt;
    }
}
