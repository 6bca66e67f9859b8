using Frugal.Interop;
using static TorchSharp.torch;

namespace Frugal.Models.Vision;

/// <summary>The Vision Transformer's part of the transformer reference's golden cases.</summary>
internal static class VisionTransformerGolden
{
    /// <summary>A golden case: the embedding, what each layer gives, and the logits.</summary>
    public static GoldenOutputs Run(GoldenFile file)
    {
        var config = HuggingFaceVit.Read(file.Config);
        using var model = (VisionTransformer)config.Build();
        model.eval();
        var weights = HuggingFaceVit.Rename(file.ReadParams(), config.Depth);
        var (missing, unexpected) = model.load_state_dict(weights, strict: false);
        if (missing.Count > 0 || unexpected.Count > 0)
            throw new FrugalException($"The weights of {file.Path} are not the network's: {string.Join(", ", missing.Concat(unexpected))}.");
        var outputs = new GoldenOutputs();
        var hidden = new List<Tensor>();
        foreach (var (_, block) in model.named_modules().Where(child => child.module is TransformerBlock))
        {
            // Out of the scopes of the pass, which end before they are compared.
            ((TransformerBlock)block).register_forward_hook((_, input, output) =>
            {
                if (hidden.Count == 0)
                    hidden.Add(input.clone().DetachFromDisposeScope());
                hidden.Add(output.clone().DetachFromDisposeScope());
                return output;
            });
        }
        outputs.Add("logits", model.call(file.In("pixel_values")));
        foreach (var (i, kept) in hidden.Index())
        {
            outputs.Add($"hidden.{i}", kept.clone());
            kept.Dispose();
        }
        return outputs;
    }
}
