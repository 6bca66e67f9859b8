using Frugal.Interop;
using Frugal.Layers;
using Frugal.Models.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Compression.Cells;

/// <summary>The golden cases of DASS: sparse layers with their gradients, a search cell, and the reading of a cell out of its weights.</summary>
internal sealed class DassGolden : GoldenCase
{
    private static readonly Dictionary<string, CellOperation> primitives = new()
    {
        ["none"] = CellOperation.None,
        ["max_pool_3x3"] = CellOperation.MaxPool3,
        ["avg_pool_3x3"] = CellOperation.AvgPool3,
        ["skip_connect"] = CellOperation.SkipConnect,
        ["sep_conv_3x3"] = CellOperation.SepConv3,
        ["sep_conv_5x5"] = CellOperation.SepConv5,
        ["dil_conv_3x3"] = CellOperation.DilConv3,
        ["dil_conv_5x5"] = CellOperation.DilConv5,
    };

    public override string Slug => "dass";

    public override Tolerance ToleranceFor(GoldenFile file, string output) =>
        file.OutDtype(output) != SafetensorsDtype.F32 ? Tolerance.Exact : Tolerance.OfLargest(file.Config.Has("fin") ? 1e-5 : 1e-4, atLeast: output.StartsWith("grad.", StringComparison.Ordinal) ? 0 : 1);

    public override GoldenOutputs Run(GoldenFile file) => Native.LibTorch.Context.WithoutOneDnn(() => Compute(file));

    private static GoldenOutputs Compute(GoldenFile file) => file.Config.Has("fin") ? Layers(file) : file.Config.Has("C") ? OfCell(file) : Genotype(file);

    private static GoldenOutputs Layers(GoldenFile file)
    {
        var config = file.Config;
        double k = config.Double("k");
        // The reference has no least number of weights.
        using var conv = new SparseConv2d(
            config.Long("in_ch"), config.Long("out_ch"), [config.Long("kernel")], k, keepsOne: false, [config.Long("stride")], [config.Long("padding")], [config.Long("dilation")], config.Long("groups"),
            hasBias: file.HasParam("conv.bias"));
        using var fc = new SparseLinear(config.Long("fin"), config.Long("fout"), k, keepsOne: false, hasBias: file.HasParam("fc.bias"));
        var outputs = new GoldenOutputs();
        Add(conv, "conv", file.In("x"), file.In("v"));
        Add(fc, "fc", file.In("xf"), file.In("vf"));
        return outputs;

        void Add(Layer layer, string name, Tensor input, Tensor by)
        {
            Load(layer, file, name + ".");
            var scored = (IScoredLayer)layer;
            var y = layer.call(input);
            (y * by).sum().backward();
            outputs.Add($"{name}.mask", scored.Mask().detach().to(uint8));
            outputs.Add($"{name}.y", y.detach());
            outputs.Add($"{name}.scaled_scores", PopupScores.Scaled(layer.get_parameter("weight")!));
            foreach (var (own, parameter) in layer.named_parameters())
                outputs.Add($"grad.{name}.{own}", parameter.grad!);
        }
    }

    private static GoldenOutputs OfCell(GoldenFile file)
    {
        var config = file.Config;
        using var cell = new SearchCell(
            new CellParts(isSearch: true, keepsOne: false), Primitives(config), config.Int("steps"), config.Int("multiplier"), (config.Long("C_pp"), config.Long("C_p"), config.Long("C")),
            config.Bool("reduction"), config.Bool("reduction_prev"));
        foreach (var layer in cell.modules().OfType<IScoredLayer>())
            layer.KeepShare = config.Double("k");
        Load(cell, file, "");
        cell.train();
        var weights = file.In("weights").requires_grad_();
        var y = cell.call(file.In("s0"), file.In("s1"), weights);
        (y * file.In("v")).sum().backward();
        string first = config.Text("first_score");
        return new() { ["y"] = y.detach(), ["grad.weights"] = weights.grad!, ["grad.first_score"] = cell.named_parameters().Single(parameter => parameter.name == first).parameter.grad! };
    }

    private static GoldenOutputs Genotype(GoldenFile file)
    {
        var choices = Primitives(file.Config);
        var outputs = new GoldenOutputs();
        foreach (var (name, alphas) in new[] { ("normal", "alphas_normal"), ("reduce", "alphas_reduce") })
        {
            var cell = CellChoice.Of(file.In(alphas), choices);
            outputs.Add($"{name}_op", tensor([.. cell.Select(edge => (long)Array.IndexOf(choices, edge.Operation))], int64));
            outputs.Add($"{name}_in", tensor([.. cell.Select(edge => (long)edge.Input)], int64));
        }
        return outputs;
    }

    private static CellOperation[] Primitives(GoldenConfig config) =>
    [
        .. (config.Has("primitives") ? config.Texts("primitives") : [.. primitives.Keys]).Select(name =>
            primitives.TryGetValue(name, out var operation) ? operation : throw new FrugalException($"There is no primitive '{name}'; there are {string.Join(", ", primitives.Keys)}.")),
    ];

    private static void Load(nn.Module module, GoldenFile file, string prefix)
    {
        using var mode = no_grad();
        var own = module.named_parameters().ToDictionary(parameter => prefix + parameter.name, parameter => parameter.parameter);
        var theirs = file.Params.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).ToHashSet();
        if (!theirs.SetEquals(own.Keys))
            throw new FrugalException($"The weights of {file.Path} are not the module's: {string.Join(", ", own.Keys.Except(theirs).Concat(theirs.Except(own.Keys)).Take(8))} are on one side only.");
        foreach (var (name, parameter) in own)
            parameter.copy_(file.Param(name));
    }
}
