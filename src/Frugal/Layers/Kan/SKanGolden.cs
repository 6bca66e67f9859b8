using Frugal.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>The golden cases of S-KAN: the bases and a spline layer, the selectable layer with both rules of choice, and the convolutional form.</summary>
internal sealed class SKanGolden : GoldenCase
{
    public override string Slug => "s-kan";

    public override GoldenOutputs Run(GoldenFile file) => file.HasParam("gate") ? file.Config.Has("kernel_size") ? Convolution(file) : Linear(file) : Bases(file);

    public override Tolerance ToleranceFor(GoldenFile file, string output)
    {
        ArgumentNullException.ThrowIfNull(output);
        return output.StartsWith("fit_", StringComparison.Ordinal) && output != "fit_selected" ? Tolerance.OfLargest(1e-4)
            : output.EndsWith("selected", StringComparison.Ordinal) && output != "y_selected" ? Tolerance.Exact
            : Tolerance.OfLargest(1e-5, atLeast: 1);
    }

    private static GoldenOutputs Bases(GoldenFile file)
    {
        var x = file.In("x");
        int grid = file.Config.Int("grid_size"), order = file.Config.Int("spline_order");
        var (low, high) = KanMath.ReluEnds(grid, order);
        var splines = file.Param("kan.spline_weight");
        var kan = new KanLinear(splines.shape[1], splines.shape[0], new KanOptions([KanFamily.Bspline], null, null, grid, order, 8, 4, KanWavelet.MexicanHat, HasBase: true, HasScaler: true, HasNorm: false, HasBias: false));
        kan.get_buffer("grid")!.copy_(file.Param("kan.grid"));
        Fill(kan, file, ("base_weight", "kan.base_weight"), ("bspline", "kan.spline_weight"), ("spline_scaler", "kan.spline_scaler"));
        var wavelets = new KanLinear(x.shape[1], file.Param("wav.weight").shape[0], new KanOptions([KanFamily.Wavelet], null, null, grid, order, 8, 4, KanWavelet.MexicanHat, HasBase: false, HasScaler: false, HasNorm: false, HasBias: false));
        Fill(wavelets, file, ("wav_weight", "wav.weight"), ("wav_scale", "wav.scale"), ("wav_translation", "wav.translation"));
        return new()
        {
            ["bspline"] = KanMath.BSplines(x, KanMath.UniformGrid(grid, order), order),
            ["chebyshev"] = KanMath.Chebyshev(x, file.Config.Int("degree")),
            ["rbf"] = KanMath.Rbf(x, file.Config.Int("num_rbf")),
            ["relu_kan"] = KanMath.Relu(x, low, high, grid, order),
            ["jacobi"] = KanMath.Jacobi(x, file.Config.Int("degree")),
            ["rswaf"] = KanMath.Rswaf(x, 8),
            ["wavelet"] = wavelets.call(x).detach(),
            ["kan"] = kan.call(x).detach(),
        };
    }

    private static GoldenOutputs Linear(GoldenFile file)
    {
        var input = file.In("x").requires_grad_();
        var layer = new KanLinear(file.Config.Long("inputs"), file.Config.Long("outputs"), OptionsOf(file));
        Fill(layer, file, [.. layer.named_parameters().Select(own => (own.name, own.name))]);
        var output = layer.call(input);
        (output * file.In("w")).sum().backward();
        var byGate = layer.Choose(KanSelectionRule.Gate, input.detach());
        var byFit = layer.Choose(KanSelectionRule.Fit, file.In("x_fit"), file.Config.Double("fit_ridge"));
        var outputs = new GoldenOutputs
        {
            ["gates"] = layer.Gates().detach(),
            ["y_full"] = output.detach(),
            ["selected"] = byGate.Chosen.to(int32),
            ["fit_selected"] = byFit.Chosen.to(int32),
            ["fit_error"] = byFit.Errors!,
            ["grad.x"] = input.grad!,
        };
        foreach (var (family, coefficients) in byFit.Coefficients)
            outputs[$"fit_{KanParameters.NameOf(family)}"] = coefficients;
        foreach (var (name, parameter) in layer.named_parameters())
            outputs[$"grad.{name}"] = parameter.grad!;
        layer.Select(byGate);
        outputs["y_selected"] = layer.call(input.detach()).detach();
        return outputs;
    }

    private static GoldenOutputs Convolution(GoldenFile file)
    {
        var input = file.In("x");
        long side = file.Config.Long("kernel_size");
        KanWindow window = new(file.Config.Long("in_channels"), [side, side], Pair("stride"), Pair("padding"), [1, 1]);
        var layer = new KanConv2d(window, file.Config.Long("out_channels"), OptionsOf(file));
        Fill(layer, file, [.. layer.named_parameters().Select(own => (own.name, own.name))]);
        var full = layer.call(input).detach();
        layer.Select(layer.Choose(KanSelectionRule.Gate, layer.Rows(input)));
        var plain = new KanConv2d(window, file.Config.Long("out_channels"), OptionsOf(file) with { Pool = [KanFamily.Bspline], GateScale = null, HasScaler = true });
        Fill(plain, file, ("base_weight", "kanconv.base_weight"), ("bspline", "kanconv.spline_weight"), ("spline_scaler", "kanconv.spline_scaler"));
        return new() { ["y_full"] = full, ["y_selected"] = layer.call(input).detach(), ["kanconv"] = plain.call(input).detach() };

        long[] Pair(string key) => [file.Config.Long(key), file.Config.Long(key)];
    }

    private static KanOptions OptionsOf(GoldenFile file) => new(
        [.. file.Config.Texts("pool").Select(family => Enum.TryParse<KanFamily>(family, ignoreCase: true, out var known) ? known : throw new FrugalException($"{file.Path} has a family '{family}' that is not known"))], null,
        file.Config.Double("gate_scale"), file.Config.Int("grid_size"), file.Config.Int("spline_order"), file.Config.Int("num_rbf"), file.Config.Int("degree"), KanWavelet.MexicanHat, HasBase: true, HasScaler: false, HasNorm: false,
        HasBias: file.HasParam("bias"));

    private static void Fill(KanLayer layer, GoldenFile file, params IReadOnlyList<(string Own, string Name)> names)
    {
        using var mode = no_grad();
        foreach (var (own, name) in names)
        {
            var (target, value) = (layer.get_parameter(own)!, file.Param(name));
            if (!target.shape.SequenceEqual(value.shape))
                throw new FrugalException($"{name} of {file.Path} is [{string.Join(", ", value.shape)}], and the layer's {own} is [{string.Join(", ", target.shape)}]");
            target.copy_(value);
        }
    }
}
