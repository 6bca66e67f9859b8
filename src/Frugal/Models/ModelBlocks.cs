using Frugal.Layers.Surgery;

namespace Frugal.Models;

/// <summary>The blocks that a model is a row of, e.g. <c>blocks.0</c> … or <c>layer1.0</c> …, without stem and classifier.</summary>
internal static class ModelBlocks
{
    /// <summary>
    /// Paths of the blocks from input to output: the numbered modules that are a layer group of their own; where there are none, the last module of every group before the classifier.
    /// </summary>
    public static IReadOnlyList<string> Of(Model model)
    {
        var paths = ModulePath.Walk(model).Select(module => module.Path).ToHashSet();
        var last = model.LayerGroups.SkipLast(1).Select(group => group.LastOrDefault(paths.Contains)).OfType<string>().ToList();
        var numbered = last.Where(path => path.LastIndexOf('.') is > 0 and var dot && path.Skip(dot + 1).All(char.IsAsciiDigit)).ToList();
        return numbered.Count > 0 ? numbered : last;
    }
}
