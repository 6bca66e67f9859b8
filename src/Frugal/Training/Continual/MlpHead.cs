using Frugal.Catalogue;
using Frugal.Recipes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Continual;

/// <summary>Puts a fresh fully connected network in the place of a model's classifier; without hidden layers a linear one.</summary>
[Entry("mlp-head")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["class-incremental", "train"], NeedsData = true, ChangesShapes = true)]
public sealed class MlpHead : HeadStep
{
    /// <summary>Units of each hidden layer, with a ReLU behind it.</summary>
    public IReadOnlyList<int> HiddenSizes
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            foreach (int size in value)
                Guard.Between(size, 1, 1_000_000);
            field = value;
        }
    } = [64];

    private protected override IEnumerable<(string Name, Module<Tensor, Tensor> Layer)> Make(Tensor features, int numClasses, Subject subject)
    {
        long width = features.shape[1];
        for (int i = 0; i < HiddenSizes.Count; i++)
        {
            yield return ($"fc{i + 1}", Linear(width, HiddenSizes[i]));
            yield return ($"act{i + 1}", ReLU());
            width = HiddenSizes[i];
        }
        yield return ("fc", Linear(width, numClasses));
    }
}
