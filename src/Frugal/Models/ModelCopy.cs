using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Models;

/// <summary>A second network with the weights of a first one, for steps that change one and need the other as it was.</summary>
public static class ModelCopy
{
    /// <summary>Builds the copy from the model's description, with the layers that steps put in, and gives it the weights, device and mode of the original.</summary>
    /// <returns>The copy; the caller disposes it.</returns>
    /// <exception cref="FrugalException">A layer that was put in cannot be built from a description.</exception>
    public static Model Of(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        // Fresh weights are drawn only to be overwritten, which must not move the stream that training draws from.
        using var generator = new KeptRandomState();
        var copy = model.Config.Build();
        try
        {
            foreach (var (path, description) in model.ReplacedLayers())
                ModuleSurgery.Replace(copy, path, LayerDescription.Build(description, CatalogueOf(model, path)));
            Fill(copy, model);
            copy.train(model.training);
            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    private static Catalogue.CatalogueIndex CatalogueOf(Model model, string path) => Catalogue.CatalogueIndex.Default.With(ModuleSurgery.Find(model, path).GetType().Assembly);

    private static void Fill(Model copy, Model model)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        if (model.parameters().FirstOrDefault(parameter => parameter.is_floating_point()) is { } first)
            copy.to(first.device, first.dtype);
        var weights = model.state_dict();
        foreach (var (name, tensor) in copy.state_dict())
        {
            // Channels may be gone from tensors of the architecture's own.
            if (!tensor.shape.SequenceEqual(weights[name].shape))
                tensor.set_(zeros(weights[name].shape, tensor.dtype, tensor.device));
            tensor.copy_(weights[name]);
        }
        foreach (var ((_, was), (_, now)) in model.named_parameters().Zip(copy.named_parameters()))
            now.requires_grad = was.requires_grad;
    }
}
