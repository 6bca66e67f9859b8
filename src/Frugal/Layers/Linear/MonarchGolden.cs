using Frugal.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>The golden cases of Monarch: the layer with its gradients, and the projection of square and rectangular matrices.</summary>
internal sealed class MonarchGolden : GoldenCase
{
    public override string Slug => "monarch";

    public override GoldenOutputs Run(GoldenFile file) => file.Config.Has("in_features") ? Layer(file) : Projection(file);

    public override Tolerance ToleranceFor(GoldenFile file, string output) =>
        file.OutDtype(output) == SafetensorsDtype.F64 ? Tolerance.OfLargest(1e-9, atLeast: 1) : Tolerance.OfLargest(1e-5, atLeast: 1);

    private static GoldenOutputs Layer(GoldenFile file)
    {
        bool hasBias = file.HasParam("bias");
        var layer = new MonarchLinear(file.Config.Long("in_features"), file.Config.Long("out_features"), file.Config.Int("nblocks"), hasBias);
        var weights = file.ReadParams();
        layer.to(weights["blkdiag1"].dtype);
        var (missing, unexpected) = layer.load_state_dict(weights.ToDictionary(), strict: false);
        if (missing.Count > 0 || unexpected.Count > 0)
            throw new FrugalException($"The weights of {file.Path} are not the layer's: {string.Join(", ", missing.Concat(unexpected))}.");
        var input = file.In("x").requires_grad_();
        var output = layer.call(input);
        (output * file.In("w")).sum().backward();
        var outputs = new GoldenOutputs { { "y", output }, { "dense_weight", layer.DenseWeight() }, { "grad.x", input.grad! } };
        foreach (var (name, parameter) in layer.named_parameters())
            outputs.Add($"grad.{name}", parameter.grad!);
        return outputs;
    }

    private static GoldenOutputs Projection(GoldenFile file)
    {
        var outputs = new GoldenOutputs();
        if (file.HasIn("M"))
        {
            long k = file.Config.Long("r"), l = file.Config.Long("k");
            var matrix = file.In("M");
            var (blkdiag1, blkdiag2) = MonarchMath.Project(matrix, k, l, innerSize: l);
            Add("", matrix, blkdiag1, blkdiag2);
            outputs.Add("slice_top_singular", linalg.svdvals(MonarchMath.Slices(matrix, k, l)).select(-1, 0));
            if (file.HasIn("x"))
                outputs.Add("y", MonarchMath.Multiply(file.In("x"), blkdiag1, blkdiag2));
        }
        if (file.HasIn("M_rect"))
        {
            var sizes = file.Config.Section("rect");
            var matrix = file.In("M_rect");
            var (blkdiag1, blkdiag2) = MonarchMath.Project(matrix, sizes.Long("k"), sizes.Long("l"), sizes.Long("c") * sizes.Long("l"));
            Add("_rect", matrix, blkdiag1, blkdiag2);
        }
        return outputs;

        void Add(string suffix, Tensor matrix, Tensor blkdiag1, Tensor blkdiag2)
        {
            var reconstruction = MonarchMath.DenseWeight(blkdiag1, blkdiag2);
            outputs.Add($"reconstruction{suffix}", reconstruction);
            outputs.Add($"error_fro{suffix}", (matrix - reconstruction).square().sum().sqrt());
        }
    }
}
