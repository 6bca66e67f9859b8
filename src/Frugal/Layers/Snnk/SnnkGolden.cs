using Frugal.Interop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>The golden cases of SNNK: ReLU features and adapters, universal features of cosine, sine and exponential, bundling and the closed form.</summary>
internal sealed class SnnkGolden : GoldenCase
{
    public override string Slug => "snnk";

    public override GoldenOutputs Run(GoldenFile file) => file.HasIn("xi") ? Universal(file) : file.HasIn("G1") ? Bundle(file) : Adapter(file);

    public override Tolerance ToleranceFor(GoldenFile file, string output) => output.StartsWith("exp_", StringComparison.Ordinal) || file.HasIn("init_weight")
        ? Tolerance.Relative(1e-4, 1e-5)
        : Tolerance.OfLargest(file.HasIn("xi") ? 1e-9 : 1e-8, atLeast: 1);

    private static GoldenOutputs Adapter(GoldenFile file)
    {
        double constant = file.Config.Double("constant");
        Tensor projection = file.Param("projection"), input = file.In("x").requires_grad_();
        long dim = file.Config.Long("dim"), hidden = file.Config.Long("hidden"), features = file.Config.Long("num_features");
        var stored = SnnkMath.ReluFeatures(file.In("init_weight"), projection, constant);
        if (!stored.allclose(file.Param("weights"), rtol: 1e-4, atol: 1e-5))
            throw new FrugalException($"The weights of {file.Path} are not the features of its init_weight.");
        var adapter = Load(new SnnkAdapter(dim, hidden, features, constant), new()
        {
            ["snnk.projection"] = projection,
            ["snnk.weights"] = file.Param("weights"),
            ["adapter_up.weight"] = file.Param("adapter_up.weight"),
            ["adapter_up.bias"] = file.Param("adapter_up.bias"),
        });
        var modulated = Load(new SnnkAdapter(dim, 0, features, constant), new()
        {
            ["snnk.projection"] = projection,
            ["snnk.weights"] = file.Param("mod.weights"),
            ["modulating_vector"] = file.Param("mod.modulating_vector"),
        });
        var output = adapter.call(input);
        (output * file.In("w")).sum().backward();
        var down = SnnkMath.ReluFeatures(input.detach(), projection, constant);
        return new()
        {
            ["features"] = down,
            ["down"] = down.matmul(file.Param("weights").t()),
            ["adapter"] = output.detach(),
            ["adapter_mod"] = modulated.call(input.detach()).detach(),
            ["grad.x"] = input.grad!,
            ["grad.weights"] = adapter.get_parameter("snnk.weights")!.grad!,
            ["grad.adapter_up.weight"] = adapter.get_parameter("adapter_up.weight")!.grad!,
            ["arccos_kernel"] = SnnkMath.ArcCosineKernel(input.detach().select(1, 0).to(float64), file.In("init_weight").to(float64)),
        };
    }

    private static GoldenOutputs Universal(GoldenFile file)
    {
        Tensor x = file.In("x"), weights = file.In("W"), bias = file.In("b"), logits = x.matmul(weights.t());
        var universal = new UniversalFeatures(file.In("G"), file.In("xi"), file.Config.Double("M"));
        var (inputReal, inputImaginary) = universal.OfInputs(x);
        var (weightReal, weightImaginary) = universal.OfWeights(weights, bias);
        return new()
        {
            ["phi_x_re"] = inputReal,
            ["phi_x_im"] = inputImaginary,
            ["phi_w_re"] = weightReal,
            ["phi_w_im"] = weightImaginary,
            ["cos"] = universal.Cosine(x, weights, bias),
            ["sin"] = universal.Sine(x, weights, bias),
            ["cos_exact"] = (logits + bias).cos(),
            ["sin_exact"] = (logits + bias).sin(),
            ["exp_exact"] = logits.exp(),
            ["exp_features_x"] = universal.OfExponential(x).to(float32),
            ["exp_kernel"] = universal.OfExponential(x).matmul(universal.OfExponential(weights).t()).to(float32),
        };
    }

    private static GoldenOutputs Bundle(GoldenFile file)
    {
        Tensor x = file.In("x"), features = SnnkMath.ReluFeatures(x, file.In("G1")), stored = SnnkMath.ReluFeatures(file.In("W1"), file.In("G1"));
        var next = DenseLayer.Linear(file.In("W2"), file.In("b2"));
        var layer = Load(new SnnkLinear(file.Config.Long("dim"), file.Config.Long("hidden"), file.Config.Long("m1")), new() { ["projection"] = file.In("G1"), ["weights"] = stored });
        var bundled = layer.Bundle(next);
        var second = SnnkMath.ReluFeatures(features, file.In("G2"));
        using var sums = new RidgeSums();
        sums.Add(second, file.In("target"));
        var theta = sums.Solve(file.Config.Double("ridge"));
        return new()
        {
            ["psi1_W1"] = stored,
            ["phi1_x"] = features,
            ["unbundled"] = next.call(layer.call(x)),
            ["bundled_weight"] = bundled.Weights,
            ["bundled"] = bundled.call(x),
            ["phi2"] = second,
            ["theta"] = theta,
            ["fit"] = SnnkMath.WithOnes(second).matmul(theta),
        };
    }

    private static T Load<T>(T layer, Dictionary<string, Tensor> weights) where T : Layer
    {
        layer.to(weights.First().Value.dtype);
        var (missing, unexpected) = layer.load_state_dict(weights, strict: false);
        return missing.Count + unexpected.Count == 0 ? layer : throw new FrugalException($"The weights of the case are not the layer's: {string.Join(", ", missing.Concat(unexpected))}.");
    }
}
