using Frugal.Catalogue;
using Frugal.Graphs;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Recipes;
using Frugal.Training.Methods.Pruning;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Compression;

/// <summary>
/// Makes one convolution of each group of branches and norms that computes as one in evaluation (Yun et al. 2024, MetaMixer; Ding et al. 2021, RepVGG), and of each convolution with the batch norm behind it, in any
/// network. Outputs stay the same; parameters and time shrink. For a network that is trained already: its norms are gone.
/// </summary>
[Entry("reparameterize", Paper = "metamixer")]
[Capabilities(WorksOn = ["Conv2d"], CombinesWith = ["ffnet", "resnet", "convnet", "train"], ChangesShapes = true)]
public sealed class Reparameterize : Step
{
    /// <summary>Leaves convolutions with a batch norm behind them alone that are no branches of a larger module.</summary>
    public bool BranchesOnly { get; init; }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">There is nothing to make one convolution of; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var model = subject.Model;
        using var scope = NewDisposeScope();
        var branches = FusedConvolutions.In(model);
        var pairs = BranchesOnly ? [] : NormedConvolutions.In(model, Graph.Capture(model, model.Example(1, subject.Device)))
            .Where(pair => !branches.Any(branch => DottedPath.IsBelow(pair.Convolution, branch.Path))).ToList();
        if (branches.Count + pairs.Count == 0)
            throw new FrugalException($"reparameterize finds nothing in {model.GetName()} that becomes one convolution: it takes branches such as those of ffnet, and convolutions with a batch norm behind them");
        var made = branches.Select(branch => (branch.Path, (Module)branch.Convolution.Fused()))
            .Concat(pairs.SelectMany(pair => ((string, Module)[])
            [
                (pair.Convolution, ConvolutionFusion.WithNormBehind((Conv2d)ModuleSurgery.Find(model, pair.Convolution), (BatchNorm2d)ModuleSurgery.Find(model, pair.Norm))),
                (pair.Norm, nn.Identity()),
            ]));
        ModuleSurgery.ReplaceAll(model, [.. made]);
        return subject;
    }
}
