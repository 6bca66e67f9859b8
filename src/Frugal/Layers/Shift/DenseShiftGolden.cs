using Frugal.Interop;
using Frugal.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>The golden cases of DenseShift: linear layer and convolution with their gradients, codes, and products made by adding to exponents.</summary>
internal sealed class DenseShiftGolden : GoldenCase
{
    public override string Slug => "denseshift";

    public override Tolerance ToleranceFor(GoldenFile file, string output) =>
        output == "products" || file.OutDtype(output) != SafetensorsDtype.F32 ? Tolerance.Exact : Tolerance.OfLargest(1e-5, atLeast: 1);

    public override GoldenOutputs Run(GoldenFile file) => LibTorch.Context.WithoutOneDnn(() => Compute(file));

    private static GoldenOutputs Compute(GoldenFile file)
    {
        var layer = Build(file);
        var weights = file.ReadParams();
        var (missing, unexpected) = layer.load_state_dict(weights.ToDictionary(), strict: false);
        if (missing.Count > 0 || unexpected.Count > 0)
            throw new FrugalException($"The weights of {file.Path} are not the layer's: {string.Join(", ", missing.Concat(unexpected))}.");
        var shift = (IDenseShiftLayer)layer;
        var input = file.In("x").requires_grad_();
        var output = layer.call(input);
        (output * file.In("w")).sum().backward();
        var latents = Enumerable.Range(1, DenseShiftMath.NumShiftLatents(shift.Bits)).Select(j => weights[$"weight_t{j}"]).ToList();
        var outputs = new GoldenOutputs { { "y", output }, { "weight", shift.Weight().detach() }, { "shift", DenseShiftMath.Shifts(latents).to(int32) }, { "grad.x", input.grad! } };
        foreach (var (name, parameter) in layer.named_parameters())
            outputs.Add($"grad.{name}", parameter.grad!);
        if (file.HasOut("code"))
            outputs.Add("code", shift.Codes());
        if (file.HasOut("products"))
            outputs.Add("products", Products(file.In("x_bits"), shift));
        return outputs;
    }

    private static Layer Build(GoldenFile file)
    {
        var (config, hasBias) = (file.Config, file.HasParam("bias"));
        return config.Has("in_features")
            ? new DenseShiftLinear(config.Long("in_features"), config.Long("out_features"), config.Int("bits"), hasBias)
            : new DenseShiftConv2d(
                config.Long("in_channels"), config.Long("out_channels"), [config.Long("kernel_size")], config.Int("bits"), [config.Long("stride")], [config.Long("padding")],
                groups: config.Long("groups"), hasBias: hasBias);
    }

    // Every input times every weight that it meets, [batch, out, in].
    private static Tensor Products(Tensor inputs, IDenseShiftLayer layer)
    {
        var codes = layer.Codes();
        long batch = inputs.shape[0], outputs = codes.shape[0], width = codes.shape[1];
        float[] numbers = inputs.data<float>().ToArray();
        byte[] code = codes.bytes.ToArray();
        float[] products = new float[batch * outputs * width];
        for (long i = 0; i < products.Length; i++)
            products[i] = DenseShiftMath.Multiply(numbers[i / (outputs * width) * width + i % width], code[i % (outputs * width)], layer.Bits);
        return tensor(products, [batch, outputs, width]);
    }
}
