using Frugal.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>The golden cases of matrix product operators: decomposition of a weight, and application of given cores with their gradients.</summary>
internal sealed class CompactifaiGolden : GoldenCase
{
    public override string Slug => "compactifai";

    public override Tolerance ToleranceFor(GoldenFile file, string output) => Tolerance.OfLargest(1e-9, atLeast: 1);

    public override GoldenOutputs Run(GoldenFile file)
    {
        var shape = new MpoShape(file.Config.Longs("out_dims"), file.Config.Longs("in_dims"));
        long bond = file.Config.Long("bond_dim");
        RequireCounts(file, shape, bond);
        var found = MpoMath.Decompose(file.In("W"), shape, bond);
        var reconstruction = MpoMath.DenseWeight(found.Cores);
        var outputs = new GoldenOutputs
        {
            { "reconstruction", reconstruction },
            { "discarded_sq", tensor(found.Discarded.ToArray(), float64) },
            { "error_fro", (file.In("W") - reconstruction).square().sum().sqrt() },
            { "y_truncated", MpoMath.Multiply(file.In("x"), found.Cores, fromFirst: true) + file.Param("bias") }, // with the bias, whatever the sheet says
        };
        for (int cut = 0; cut < found.SingularValues.Count; cut++)
            outputs.Add($"singular_values{cut}", found.SingularValues[cut]);
        Apply(file, shape.Count, outputs);
        return outputs;
    }

    private static void Apply(GoldenFile file, int count, GoldenOutputs outputs)
    {
        Tensor[] cores = [.. Enumerable.Range(0, count).Select(k => file.Param($"core{k}").requires_grad_())];
        var output = MpoMath.Multiply(file.In("x"), cores, fromFirst: false) + file.Param("bias");
        (output * file.In("w")).sum().backward();
        outputs.Add("dense_from_cores", MpoMath.DenseWeight(cores).detach());
        outputs.Add("y_mpo", output.detach());
        for (int k = 0; k < count; k++)
            outputs.Add($"grad.core{k}", cores[k].grad!);
    }

    private static void RequireCounts(GoldenFile file, MpoShape shape, long bond)
    {
        if (file.Config.Has("params") && file.Config.Long("params") != shape.NumParameters(bond) || file.Config.Has("bond_dims") && !file.Config.Longs("bond_dims").SequenceEqual(shape.Bonds(bond).Skip(1).SkipLast(1)))
            throw new FrugalException($"The config of {file.Path} counts other bonds or parameters than {shape.NumParameters(bond)} for a bond of {bond}.");
    }
}
