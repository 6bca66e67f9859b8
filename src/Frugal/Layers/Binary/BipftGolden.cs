using Frugal.Interop;
using Frugal.Models.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>The golden cases of BiPFT: its binary linear layer and its binarisers, and its whole layer, with their gradients.</summary>
internal sealed class BipftGolden : GoldenCase
{
    public override string Slug => "bipft";

    public override bool Has(string name) => name is "binary_linear" or "layer";

    public override Tolerance ToleranceFor(GoldenFile file, string output) => Tolerance.OfLargest(1e-5, atLeast: 1);

    public override GoldenOutputs Run(GoldenFile file) => file.Case == "layer" ? BipftLayerGolden.Run(file) : Linear(file);

    private static GoldenOutputs Linear(GoldenFile file)
    {
        var layer = new BinaryLinear(file.Config.Long("in_features"), file.Config.Long("out_features"));
        var (missing, unexpected) = layer.load_state_dict(file.ReadParams().ToDictionary(), strict: false);
        if (missing.Count + unexpected.Count > 0)
            throw new FrugalException($"The weights of {file.Path} are not the layer's: {string.Join(", ", missing.Concat(unexpected))}.");
        var input = file.In("x").requires_grad_();
        var output = layer.call(input);
        (output * file.In("w")).sum().backward();
        Tensor probabilities = file.In("p").requires_grad_(), step = file.In("alpha_p").requires_grad_();
        var binary = BinaryMath.Unsigned(probabilities, step);
        (binary * file.In("w_p")).sum().backward();
        var outputs = new GoldenOutputs
        {
            { "y", output.detach() },
            { "weight_bin", BinaryMath.Weight(file.Param("weight")) },
            { "weight_bin_rowwise", BinaryMath.WeightByRow(file.Param("weight")) },
            { "grad.x", input.grad! },
            { "p_bin", binary.detach() },
            { "grad.p", probabilities.grad! },
            { "grad.alpha_p", step.grad! },
            { "alpha_init_signed", BinaryMath.FirstStep(file.In("x")) },
            { "alpha_init_unsigned", BinaryMath.FirstStepOfProbabilities(file.In("p")) },
        };
        foreach (var (name, parameter) in layer.named_parameters())
            outputs.Add($"grad.{name}", parameter.grad!);
        return outputs;
    }
}
