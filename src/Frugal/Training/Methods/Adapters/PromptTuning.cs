using Frugal.Catalogue;
using Frugal.Models;

namespace Frugal.Training.Methods.Adapters;

/// <summary>
/// Freezes a trained transformer and trains a prompt: rows in front of the embedded tokens, which run through the whole network beside them and which its head does not see (Lester et al. 2021, arXiv
/// 2104.08691; for images Jia et al. 2022, arXiv 2203.12119, shallow). The classifier is trained as it is.
/// </summary>
[Entry("prompt-tuning", Paper = "deft")]
[Capabilities(WorksOn = ["SelfAttention"], CombinesWith = ["gradient-noise", "deft"], ChangesShapes = true)]
public sealed class PromptTuning : LearnedRowsTuning
{
    private protected override string Place => "layer that gives the embedded tokens";

    private protected override IReadOnlyList<string> PlacesIn(Model model) => model.TokensPath.Length > 0 ? [model.TokensPath] : [];
}
