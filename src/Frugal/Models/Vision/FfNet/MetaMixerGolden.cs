using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Models.Vision;

/// <summary>The golden cases of MetaMixer: a small FFNet stage by stage, and a block with the merging of patches behind it, its gradient and its fused kernels.</summary>
internal sealed class MetaMixerGolden : GoldenCase
{
    public override string Slug => "metamixer";

    public override GoldenOutputs Run(GoldenFile file) => file.Config.Has("embed_dim") ? Network(file) : Block(file);

    public override Tolerance ToleranceFor(GoldenFile file, string output)
    {
        ArgumentNullException.ThrowIfNull(file);
        return file.Config.Has("embed_dim") ? Tolerance.Relative(1e-4, 2e-4) : Tolerance.OfLargest(1e-5, atLeast: 1);
    }

    private static GoldenOutputs Network(GoldenFile file)
    {
        var config = new FfNetConfig
        {
            Widths = file.Config.Ints("embed_dim"),
            Depths = file.Config.Ints("depth"),
            StemWidth = file.Config.Int("in_dim"),
            KernelSizes = file.Config.Ints("kernel_sizes"),
            KernelSizes1 = file.Config.Ints("kernel_sizes1"),
            KernelSizes2 = file.Config.Ints("kernel_sizes2"),
            ExpansionRatios = file.Config.Ints("expansion_ratios"),
            LayerScale = file.Config.Bool("use_layer_scale") ? 1 : null,
            NumClasses = file.Config.Int("num_classes"),
            ImageSize = file.Config.Int("resolution"),
        };
        using var model = (FfNet)config.Build();
        Load(model, "", file);
        model.eval();
        var outputs = new GoldenOutputs();
        var seen = new List<(string Name, Tensor Value)>();
        foreach (var (path, name) in Enumerable.Range(0, config.Depths.Count).Select(stage => ($"stages.{stage}", $"stage{stage}")).Prepend(("patch_embed", "patch_embed")))
        {
            // Out of the scopes of the pass, which end before they are compared.
            ((Module<Tensor, Tensor>)ModuleSurgery.Find(model, path)).register_forward_hook((_, _, output) =>
            {
                seen.Add((name, output.detach().clone().DetachFromDisposeScope()));
                return output;
            });
        }
        outputs.Add("logits", model.call(file.In("x")).detach());
        foreach (var (name, value) in seen)
        {
            outputs.Add(name, value.clone());
            value.Dispose();
        }
        CheckFusedSize(model, file);
        return outputs;
    }

    private static GoldenOutputs Block(GoldenFile file)
    {
        long dim = file.Config.Long("dim");
        var input = file.In("x").requires_grad_();
        var block = new FfBlock(new(
            dim, file.Config.Long("kernel_size"), file.Config.Long("kernel_size1"), file.Config.Long("kernel_size2"), file.Config.Long("expansion_ratio"),
            file.Config.Bool("use_gelu") ? Activation.Gelu : Activation.Relu, TokenMixing.KeyValue, file.Config.Bool("use_se"), file.Config.Bool("use_layer_scale") ? 1 : null, 0));
        var merge = new PatchMerging(dim, 2 * dim);
        Load(block, "block.", file);
        Load(merge, "merge.", file);
        block.eval();
        merge.eval();
        var (main, mixer) = ((Module<Tensor, Tensor>)ModuleSurgery.Find(block, "token_mixer.0.main"), (Module<Tensor, Tensor>)ModuleSurgery.Find(block, "token_mixer"));
        var output = block.call(input);
        (output * file.In("w")).sum().backward();
        using var mode = no_grad();
        var outputs = new GoldenOutputs
        {
            ["token_mixer_main"] = main.call(input),
            ["token_mixer"] = mixer.call(input),
            ["block"] = output.detach(),
            ["merge"] = merge.call(output),
            ["grad.x"] = input.grad!,
        };
        foreach (var (name, module) in new (string, Module)[] { ("fc", ModuleSurgery.Find(main, "fc")), ("conv1", ModuleSurgery.Find(main, "conv1")), ("merge.dw", ModuleSurgery.Find(merge, "proj.0")), ("merge.pw", ModuleSurgery.Find(merge, "proj.1")) })
            if (module is IFusedConvolution branches)
            {
                using Conv2d fused = branches.Fused();
                outputs[$"fused.{name}.weight"] = fused.weight.clone();
                outputs[$"fused.{name}.bias"] = fused.bias!.clone();
            }
        return outputs;
    }

    // The case gives the number of parameters once all branches are one convolution each.
    private static void CheckFusedSize(FfNet model, GoldenFile file)
    {
        ModuleSurgery.ReplaceAll(model, [.. FusedConvolutions.In(model).Select(branches => (branches.Path, (Module)branches.Convolution.Fused()))]);
        long parameters = model.parameters().Sum(parameter => parameter.numel());
        if (parameters != file.Config.Long("fused_params"))
            throw new FrugalException($"{file.Path} has {file.Config.Long("fused_params")} parameters when it is fused, and the network {parameters}.");
    }

    private static void Load(Module module, string prefix, GoldenFile file)
    {
        var weights = file.ReadParams().Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value);
        var (missing, unexpected) = module.load_state_dict(weights, strict: false);
        var wrong = missing.Where(name => !name.EndsWith("num_batches_tracked", StringComparison.Ordinal)).Concat(unexpected).ToList();
        if (wrong.Count > 0)
            throw new FrugalException($"The weights of {file.Path} are not the network's: {string.Join(", ", wrong)}.");
    }
}
