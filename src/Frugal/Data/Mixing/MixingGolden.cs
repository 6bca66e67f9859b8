using Frugal.Interop;
using static TorchSharp.torch;

namespace Frugal.Data.Mixing;

/// <summary>The golden case of batch mixing: mixup and CutMix of a whole batch, example by example, and the box rule alone.</summary>
internal static class MixingGolden
{
    /// <summary>Computes the case's results.</summary>
    public static GoldenOutputs Run(GoldenFile file)
    {
        var inputs = file.In("x");
        var labels = file.In("target");
        int batch = (int)inputs.shape[0], height = (int)inputs.shape[2], width = (int)inputs.shape[3];
        var center = file.In("center").data<long>();
        var box = MixBox.Around(height, width, file.Config.Double("lam_cut"), (int)center[0], (int)center[1]);
        var each = Each(file, batch, height, width);
        var outputs = new GoldenOutputs
        {
            { "box", tensor(new long[] { box.Top, box.Bottom, box.Left, box.Right }) },
            { "lam", tensor((float)box.ShareKept(height, width)) },
            { "lam_elem", tensor(each.Select(mix => (float)mix.Lambda).ToArray()) },
        };
        Add("mixup", [.. Enumerable.Repeat(ExampleMix.Average(file.Config.Double("lam_mix")), batch)]);
        Add("cutmix", [.. Enumerable.Repeat(ExampleMix.Cut(box, height, width), batch)]);
        Add("elem", each);
        return outputs;

        void Add(string name, ExampleMix[] mixes)
        {
            outputs.Add(name, BatchMixing.Mix(inputs, mixes));
            outputs.Add($"{name}_target", BatchMixing.Targets(labels, mixes, file.Config.Int("num_classes"), file.Config.Double("smoothing")));
        }
    }

    private static ExampleMix[] Each(GoldenFile file, int batch, int height, int width)
    {
        var lambdas = file.In("lam_elem").data<float>();
        var cuts = file.In("cut_elem").data<byte>();
        var corners = file.In("box_elem").data<long>();
        return [.. Enumerable.Range(0, batch).Select(i => cuts[i] != 0
            ? ExampleMix.Cut(new((int)corners[4 * i], (int)corners[4 * i + 1], (int)corners[4 * i + 2], (int)corners[4 * i + 3]), height, width)
            : ExampleMix.Average(lambdas[i]))];
    }
}
