using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Recipes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Growth;

/// <summary>A step that puts other blocks in the place of chosen feed-forward blocks. All are made before the first is put in place, so that a failure leaves the model as it was.</summary>
public abstract class BlockStep : Step
{
    /// <summary>Patterns over the paths of feed-forward blocks, <c>*</c> standing for anything and <c>?</c> for one character; a block must match one of them.</summary>
    public IReadOnlyList<string> Include { get; init => field = Patterns(value); } = ["*"];

    /// <summary>Patterns of blocks that stay as they are.</summary>
    public IReadOnlyList<string> Exclude { get; init => field = Patterns(value); } = [];

    /// <summary>Replaces the chosen blocks.</summary>
    /// <param name="model">The network.</param>
    /// <param name="make">Makes what comes in a block's place. It runs without gradients, in a dispose scope.</param>
    /// <exception cref="FrugalException">No block is chosen, or one cannot be replaced; the network is as before.</exception>
    private protected void Replace(Module model, Func<FeedForwardBlock, Module<Tensor, Tensor>> make) =>
        ReplaceChosen(model, blocks => blocks.Select(block => (block, (Func<Module<Tensor, Tensor>>)(() => make(block)))));

    /// <summary>The same for some of the chosen blocks.</summary>
    /// <param name="model">The network.</param>
    /// <param name="choose">Chooses among the blocks that the patterns allow, and says what comes in the place of each.</param>
    /// <exception cref="FrugalException">No block is chosen, or one cannot be replaced; the network is as before.</exception>
    private protected void ReplaceChosen(Module model, Func<IReadOnlyList<FeedForwardBlock>, IEnumerable<(FeedForwardBlock Block, Func<Module<Tensor, Tensor>> Make)>> choose)
    {
        var made = new List<(string Path, Module Replacement)>();
        try
        {
            foreach (var (block, make) in choose(FeedForwardBlock.In(model, new(Include, Exclude))))
            {
                using var scope = NewDisposeScope();
                using var mode = no_grad();
                made.AddRange(block.Replacements(make()));
            }
            ModuleSurgery.ReplaceAll(model, made);
        }
        catch
        {
            foreach (var (_, replacement) in made)
                replacement.Dispose();
            throw;
        }
    }

    private static IReadOnlyList<string> Patterns(IReadOnlyList<string> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.All(pattern => !string.IsNullOrEmpty(pattern)) ? value : throw new ArgumentException("a pattern is empty", nameof(value));
    }
}
