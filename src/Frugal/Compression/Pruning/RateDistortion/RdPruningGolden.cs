using Frugal.Interop;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Pruning;

/// <summary>The golden cases of rate-distortion pruning: curves of an MLP, the dynamic programme alone, and a convolution network from curves to pruned outputs.</summary>
internal sealed class RdPruningGolden : GoldenCase
{
    public override string Slug => "rd-pruning";

    public override GoldenOutputs Run(GoldenFile file) => file.HasIn("dist") ? Programme(file) : file.Config.Has("strides") ? EndToEnd(file) : CurvesOf(file);

    private static GoldenOutputs Programme(GoldenFile file)
    {
        int grid = file.Config.Int("grid");
        var distortions = file.In("dist").to(float64);
        var curves = file.In("n").data<long>().ToArray()
            .Select((count, layer) => new DistortionCurve($"{layer}", count, 1, distortions[layer].contiguous().data<double>().ToArray())).ToList();
        if (curves.Any(curve => curve.Grid != grid))
            throw new FrugalException($"The case says a grid of {grid} and gives curves of another.");
        var found = Allocate(curves, file.Config.Long("budget"));
        return new()
        {
            ["index"] = Whole(found.Indexes.Select(index => (long)index)),
            ["kept"] = Whole(curves.Zip(found.Indexes, (curve, index) => curve.Kept[index])),
            ["cost"] = tensor((double[])[found.Distortion], float64),
        };
    }

    private static GoldenOutputs CurvesOf(GoldenFile file)
    {
        long[] dims = file.Config.Longs("dims");
        List<(string, Module<Tensor, Tensor>)> layers = [];
        for (int i = 1; i < dims.Length; i++)
        {
            layers.Add(($"fc{i}", Linear(dims[i - 1], dims[i])));
            if (i < dims.Length - 1)
                layers.Add(($"relu{i}", ReLU()));
        }
        using var net = Load(Sequential(layers), file);
        var inputs = file.In("x");
        var mean = Curves(net, inputs, DistortionForm.Mean, file);
        var worst = Curves(net, inputs, DistortionForm.Worst, file);
        using var mode = no_grad();
        return new()
        {
            ["y"] = net.call(inputs),
            ["dist_mean"] = Rows(mean.Select(curve => curve.Distortions)),
            ["dist_max"] = Rows(worst.Select(curve => curve.Distortions)),
            ["kept"] = stack([.. mean.Select(curve => Whole(curve.Kept))]),
        };
    }

    private static GoldenOutputs EndToEnd(GoldenFile file)
    {
        long[] strides = file.Config.Longs("strides");
        long padding = file.Config.Long("padding");
        List<(string, Module<Tensor, Tensor>)> layers = [];
        for (int i = 1; i <= strides.Length; i++)
        {
            long[] shape = file.Param($"conv{i}.weight").shape;
            layers.Add(($"conv{i}", Conv2d(shape[1], shape[0], (shape[2], shape[3]), (strides[i - 1], strides[i - 1]), (padding, padding))));
            layers.Add(($"relu{i}", ReLU()));
        }
        long[] last = file.Param("fc.weight").shape;
        layers.AddRange([("pool", AdaptiveAvgPool2d(1)), ("flat", Flatten()), ("fc", Linear(last[1], last[0]))]);
        using var net = Load(Sequential(layers), file);
        var inputs = file.In("x");
        using var mode = no_grad();
        var outputs = new GoldenOutputs { ["y"] = net.call(inputs) };
        foreach (var (name, form) in (ReadOnlySpan<(string, DistortionForm)>)[("mean", DistortionForm.Mean), ("max", DistortionForm.Worst)])
        {
            var curves = Curves(net, inputs, form, file);
            var found = Allocate(curves, file.Config.Long("budget"));
            outputs[$"{name}.index"] = Whole(found.Indexes.Select(index => (long)index));
            outputs[$"{name}.amount"] = tensor(found.Indexes.Select(index => (double)index / file.Config.Int("grid")).ToArray(), float64);
            outputs[$"{name}.predicted"] = tensor((double[])[found.Distortion], float64);
            List<PrunedLayer> pruned = [.. curves.Select(curve => new PrunedLayer(curve.Name, net.get_parameter(curve.Name)!, 1))];
            foreach (var (layer, index) in pruned.Zip(found.Indexes))
            {
                long count = DistortionCurve.CountPruned(layer.NumWeights, index, file.Config.Int("grid"));
                outputs[$"{name}.mask.{layer.Name}"] = layer.MaskOf(count).to(uint8);
                layer.Prune(count);
            }
            outputs[$"{name}.y_pruned"] = net.call(inputs);
            pruned.ForEach(layer => layer.Restore());
            pruned.ForEach(layer => layer.Dispose());
        }
        return outputs;
    }

    private static IReadOnlyList<DistortionCurve> Curves(Module<Tensor, Tensor> net, Tensor inputs, DistortionForm form, GoldenFile file) =>
        RateDistortionPruning.Curves(net, [inputs], file.Config.Int("grid"), form);

    private static RateAllocation Allocate(IReadOnlyList<DistortionCurve> curves, long budget) =>
        RateAllocation.Find([.. curves.Select(curve => curve.Distortions)], [.. curves.Select(curve => curve.Costs)], budget);

    private static TorchSharp.Modules.Sequential Load(TorchSharp.Modules.Sequential net, GoldenFile file)
    {
        using var mode = no_grad();
        var parameters = file.ReadParams();
        TorchSharp.ModuleExtensionMethods.to(net, parameters.Values.First().dtype);
        foreach (var (name, parameter) in net.named_parameters())
        {
            if (parameters.TryGetValue(name, out var value))
                parameter.copy_(value);
            else
                parameter.zero_();
        }
        return net;
    }

    private static Tensor Whole(IEnumerable<long> numbers) => tensor(numbers.ToArray(), int64);

    private static Tensor Rows(IEnumerable<IReadOnlyList<double>> rows) => stack([.. rows.Select(row => tensor(row.ToArray(), float64))]);
}
