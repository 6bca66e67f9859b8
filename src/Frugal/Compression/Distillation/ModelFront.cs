using Frugal.Layers.Surgery;
using Frugal.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Compression.Distillation;

/// <summary>The first layers of a network, up to one of them: what a device would have to compute.</summary>
/// <param name="Paths">Paths of the layers, from the image on.</param>
/// <param name="Rest">Paths of the layers with weights that follow at the same level, without the classifier.</param>
internal sealed record ModelFront(IReadOnlyList<string> Paths, IReadOnlyList<string> Rest)
{
    /// <summary>The layers that are registered before a layer, and itself.</summary>
    /// <exception cref="FrugalException">There is no such layer.</exception>
    public static ModelFront Of(Model model, string until)
    {
        var front = new List<string>();
        var rest = new List<string>();
        string above = "";
        for (string path = until; path.Length > 0; path = above)
        {
            var (parent, name, _) = ModulePath.Resolve(model, path);
            above = path.Length > name.Length ? path[..^(name.Length + 1)] : "";
            string prefix = above.Length > 0 ? above + "." : "";
            var siblings = parent.named_children().ToList();
            int at = siblings.FindIndex(child => child.name == name);
            front.InsertRange(0, siblings.Take(path == until ? at + 1 : at).Select(child => prefix + child.name));
            rest.AddRange(siblings.Skip(at + 1).Where(child => child.module.parameters().Any() && prefix + child.name != model.ClassifierPath).Select(child => prefix + child.name));
        }
        return new(front, rest);
    }

    /// <summary>Puts a layer in the place of the first, and nothing in the place of the others.</summary>
    /// <exception cref="FrugalException">One of them cannot be replaced; nothing has changed then.</exception>
    public void ReplaceBy(Model model, Module<Tensor, Tensor> layer) =>
        ModuleSurgery.ReplaceAll(model, [.. Paths.Select((path, i) => (path, i == 0 ? (Module)layer : Identity()))]);

    /// <summary>Path of the layer that took the first one's place.</summary>
    public string First => Paths[0];
}
