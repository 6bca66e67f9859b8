using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Compression;

/// <summary>The golden cases of MatFormer: a block of its language models at four widths with the joint gradient, and gated blocks of different widths.</summary>
internal sealed class MatformerGolden : GoldenCase
{
    public override string Slug => "matformer";

    public override Tolerance ToleranceFor(GoldenFile file, string output) => file.OutDtype(output) switch
    {
        SafetensorsDtype.F32 when output.StartsWith("grad.", StringComparison.Ordinal) => Tolerance.OfLargest(1e-4, atLeast: 1),
        SafetensorsDtype.F32 => Tolerance.OfLargest(1e-5, atLeast: 1),
        _ => Tolerance.Exact,
    };

    public override GoldenOutputs Run(GoldenFile file) => file.Config.Has("factors") ? Olmo(file) : MixNMatch(file);

    private static GoldenOutputs Olmo(GoldenFile file)
    {
        var config = file.Config;
        long dim = config.Long("d_model"), hidden = dim * config.Long("mlp_ratio");
        var activation = config.Text("activation") switch
        {
            "gelu_erf" => Activation.Gelu,
            "gelu_tanh" => Activation.GeluTanh,
            "silu" => Activation.Silu,
            "relu" => Activation.Relu,
            var other => throw new FrugalException($"{file.Path} asks for the activation '{other}', which there is not"),
        };
        var block = new OlmoBlock(dim, config.Long("n_heads"), hidden, config.Bool("multi_query"), activation, config.Double("norm_eps"));
        if (!block.Widths.SequenceEqual(config.Longs("fused_qkv_dims")))
            throw new FrugalException($"{file.Path} has fused_qkv_dims that do not follow from its heads");
        Load(block, file);
        using var nested = new NestedBlocks(block, LayerSelection.All);
        var input = file.In("x").requires_grad_();
        var outputs = new GoldenOutputs();
        foreach (long factor in config.Longs("factors"))
        {
            nested.Set([hidden / factor]);
            var output = block.Run(input, file.In("bias"));
            (output * file.In("w")).sum().backward();
            outputs.Add($"y.f{factor}", output.detach());
        }
        outputs.Add("grad.x", input.grad!);
        AddGradients(outputs, block);
        return outputs;
    }

    private static GoldenOutputs MixNMatch(GoldenFile file)
    {
        var config = file.Config;
        if (config.Text("norm") != "rms")
            throw new FrugalException($"{file.Path} asks for the norm '{config.Text("norm")}', which there is not");
        long dim = config.Long("dim"), hidden = config.Long("hidden");
        var stack = new GatedStack(dim, hidden, config.Int("layers"), config.Double("norm_eps"));
        Load(stack, file);
        var full = stack.call(file.In("x")).detach();
        long[] widths = config.Longs("widths");
        using var nested = new NestedBlocks(stack, LayerSelection.All);
        nested.Set(widths);
        var mixed = stack.call(file.In("x"));
        (mixed * file.In("w")).sum().backward();
        var outputs = new GoldenOutputs { ["y.full"] = full, ["y.mix"] = mixed.detach(), ["param_count.full"] = CountOf(stack) };
        AddGradients(outputs, stack);
        nested.Dispose();
        NestedExtraction.Cut(stack, FeedForwardBlock.In(stack), widths);
        if (!stack.call(file.In("x")).allclose(mixed, rtol: 0, atol: 1e-6))
            throw new FrugalException("The network of the slices does not compute what the slices do.");
        outputs["param_count.mix"] = CountOf(stack);
        return outputs;
    }

    private static Tensor CountOf(Module module) => tensor(module.parameters().Sum(parameter => parameter.numel()), ScalarType.Int64);

    private static void AddGradients(GoldenOutputs outputs, Module module)
    {
        foreach (var (name, parameter) in module.named_parameters())
            outputs.Add($"grad.{ReferenceName(name)}", parameter.grad!.clone());
    }

    private static void Load(Module module, GoldenFile file)
    {
        using var mode = no_grad();
        foreach (var (name, parameter) in module.named_parameters())
        {
            var weight = file.Param(ReferenceName(name));
            if (!weight.shape.SequenceEqual(parameter.shape))
                throw new FrugalException($"{file.Path}: '{ReferenceName(name)}' is [{string.Join(", ", weight.shape)}], and its config makes it [{string.Join(", ", parameter.shape)}]");
            parameter.copy_(weight);
        }
    }

    private static string ReferenceName(string name) => name.Replace(".ffn.", ".", StringComparison.Ordinal).Replace("_proj", "", StringComparison.Ordinal) is var plain && name.StartsWith("block.", StringComparison.Ordinal) ? plain : name;

    /// <summary>x + ffn(norm(x)), several times.</summary>
    private sealed class GatedStack : Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.ModuleList<GatedResidual> block;

        public GatedStack(long dim, long hidden, int layers, double epsilon) : base(nameof(GatedStack))
        {
            block = ModuleList([.. Enumerable.Range(0, layers).Select(_ => new GatedResidual(dim, hidden, epsilon))]);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => block.Aggregate(input, (hidden, each) => each.call(hidden));
    }

    private sealed class GatedResidual : Module<Tensor, Tensor>
    {
        private Module<Tensor, Tensor> norm, ffn;

        public GatedResidual(long dim, long hidden, double epsilon) : base(nameof(GatedResidual))
        {
            norm = new RmsNorm(dim, epsilon);
            ffn = new GatedFeedForward(dim, hidden, ActivationLayer.Of(Activation.Silu));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => input + ffn.call(norm.call(input));
    }
}
