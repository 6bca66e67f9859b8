using Frugal.Interop;
using Frugal.Layers;
using TorchSharp;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Analysis;

/// <summary>The golden cases of a priori compression: convolutions by one-way filters with their gradients, dense kernels made one-way, and a wave field.</summary>
internal sealed class AprioriGolden : GoldenCase
{
    public override string Slug => "a-priori-compression";

    public override Tolerance ToleranceFor(GoldenFile file, string output) => file.HasIn("bumps") ? Tolerance.OfLargest(1e-10, atLeast: 1) : Tolerance.OfLargest(1e-9, atLeast: 1);

    public override GoldenOutputs Run(GoldenFile file) => file.HasIn("bumps") ? Wave(file) : Layers(file);

    private static GoldenOutputs Wave(GoldenFile file)
    {
        var bumps = file.In("bumps");
        if (bumps.shape[0] != file.Config.Long("bumps"))
            throw new FrugalException($"{file.Path} has {bumps.shape[0]} bumps, but its config says {file.Config.Long("bumps")}.");
        var waves = new WaveField(file.Config.Int("cells"), file.Config.Double("cfl"));
        int steps = file.Config.Int("steps");
        var frames = waves.Frames(waves.Start(bumps.unsqueeze(0)), steps);
        // The reference leaves out the energy of the first step.
        return new() { ["frames"] = frames[0], ["energy"] = waves.Energy(frames)[0].narrow(0, 1, steps - 1) };
    }

    private static GoldenOutputs Layers(GoldenFile file)
    {
        var config = file.Config;
        long inputs = config.Long("in_channels"), outputs = config.Long("out_channels"), rank = config.Long("rank"), size = config.Long("kernel_size"), time = config.Long("kernel_time");
        long stride = config.Long("stride"), padding = config.Long("padding"), strideTime = config.Long("stride_time"), paddingTime = config.Long("padding_time");
        var two = new OneWayConv2d(inputs, outputs, [size], rank, [stride], [padding]);
        var shared = new SharedOneWayConv2d(inputs, outputs, [size], rank, [stride], [padding]);
        var three = new OneWayConv3d(inputs, outputs, [time, size, size], rank, [strideTime, stride, stride], [paddingTime, padding, padding]);
        Require(file, "params_way2", two.FilterNumbers);
        Require(file, "params_channel", shared.FilterNumbers);
        Require(file, "params_way3", three.FilterNumbers);
        Fill(two, file, "way2");
        Fill(shared, file, "channel");
        Fill(three, file, "way3");
        Tensor x = file.In("x").requires_grad_(), x3d = file.In("x3d").requires_grad_();
        Tensor y2 = two.call(x), yShared = shared.call(x), y3 = three.call(x3d);
        (((y2 + yShared) * file.In("w")).sum() + (y3 * file.In("w3d")).sum()).backward();
        var outputsOf = new GoldenOutputs
        {
            { "way2.kernel", two.Kernel().detach() }, { "way2.y", y2.detach() }, { "channel.kernel", shared.Kernel().detach() }, { "channel.y", yShared.detach() },
            { "way3.kernel", three.Kernel().detach() }, { "way3.y", y3.detach() }, { "grad.x", x.grad! }, { "grad.x3d", x3d.grad! },
            { "grad.bias", new Module[] { two, shared, three }.Select(layer => layer.get_parameter("bias")!.grad!).Aggregate((sum, next) => sum + next) },
        };
        foreach (var (layer, name) in new (Module, string)[] { (two, "way2"), (shared, "channel"), (three, "way3") })
            foreach (var (own, parameter) in layer.named_parameters().Where(own => own.name != "bias"))
                outputsOf.Add($"grad.{name}.{own}", parameter.grad!);
        var (vertical, horizontal) = OneWayMath.OfDense(file.In("dense2"), rank);
        outputsOf.Add("svd2.kernel", OneWayMath.TwoWay(vertical, horizontal));
        var (times, verticals, horizontals) = OneWayMath.OfDense(file.In("dense3"), config.Long("svd_time"), config.Long("svd_space"));
        outputsOf.Add("svd3.kernel", OneWayMath.ThreeWay(times, verticals, horizontals));
        return outputsOf;
    }

    private static void Require(GoldenFile file, string key, long numbers)
    {
        if (file.Config.Long(key) != numbers)
            throw new FrugalException($"{file.Path} counts {file.Config.Long(key)} numbers as {key}, but the layer holds {numbers}.");
    }

    private static void Fill(Module layer, GoldenFile file, string name)
    {
        layer.to(float64);
        using var mode = no_grad();
        foreach (var (own, parameter) in layer.named_parameters())
            parameter.copy_(file.Param(own == "bias" ? "bias" : $"{name}.{own}"));
    }
}
