using System.Text;
using Frugal.Graphs;
using Frugal.Graphs.Onnx;
using Frugal.Graphs.Onnx.Calibration;
using Frugal.Graphs.Onnx.Model;
using Frugal.Graphs.Onnx.Quantization;
using Microsoft.ML.OnnxRuntime;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Graphs.Onnx.Quantization;

public class Int8ExportTests
{
    private static Sequential Network() => Sequential(
        ("conv1", Conv2d(3, 16, 3, padding: 1, bias: false)), ("norm1", BatchNorm2d(16)), ("act1", ReLU()), ("pool", MaxPool2d(2)),
        ("conv2", Conv2d(16, 32, 3, padding: 1)), ("act2", ReLU()), ("flat", Flatten()), ("fc", Linear(32 * 8 * 8, 10)));

    private static (OnnxModel Model, Int8Report Report, OnnxModel Float) Quantize(Module<Tensor, Tensor> model, Int8Options? options, params long[] shape)
    {
        model.eval();
        var onnx = OnnxExporter.InMemory(Graph.Capture(model, randn([1, .. shape])), new());
        var (integers, report) = Int8Quantizer.Quantize(onnx, [randn([16, .. shape]), randn([16, .. shape])], options ?? new());
        return (integers, report, onnx);
    }

    [Theory]
    [InlineData(CalibrationMethod.MinMax)]
    [InlineData(CalibrationMethod.Percentile)]
    [InlineData(CalibrationMethod.Mse)]
    public void Integer_kernels_compute_what_the_simulation_computes_and_stay_near_the_model(CalibrationMethod method)
    {
        using var scope = NewDisposeScope();
        using var model = Network();
        var (_, report, _) = Quantize(model, new() { Method = method }, 3, 16, 16);
        Assert.Equal(["conv1", "conv2", "fc"], report.Layers);
        Assert.InRange(report.MaxDifference, 0, 0.01);
        Assert.InRange(report.MaxError, 1e-6, 0.1);
    }

    [Fact]
    public void A_file_is_a_quarter_as_large_and_keeps_the_names_of_the_weights()
    {
        using var scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        using var model = Network();
        model.eval();
        var graph = Graph.Capture(model, randn(1, 3, 16, 16));
        var dense = graph.ExportOnnx(folder.File("dense.onnx"));
        graph.ExportOnnxInt8(folder.File("int8.onnx"), [randn(16, 3, 16, 16)]);
        Assert.InRange((double)dense.Bytes / new FileInfo(folder.File("int8.onnx")).Length, 3.3, 4);
        var bytes = File.ReadAllBytes(folder.File("int8.onnx"));
        foreach (var name in (string[])["conv1.weight", "conv2.weight", "conv2.bias", "fc.weight", "fc.bias", "QuantizeLinear"])
            Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(name)) > 0, name);
        using var session = new InferenceSession(folder.File("int8.onnx"));
        Assert.Equal(["batch", "", "", ""], session.InputMetadata["input"].SymbolicDimensions);
    }

    [Fact]
    public void Weights_have_8_bits_and_biases_32_with_the_steps_of_the_products()
    {
        using var scope = NewDisposeScope();
        using var model = Sequential(("fc", Linear(8, 4)));
        var (integers, _, _) = Quantize(model, null, 8);
        OnnxTensor Constant(string name) => integers.Constants.Single(constant => constant.Name == name);
        Assert.Equal(OnnxElement.Int8, Constant("fc.weight").Element);
        Assert.Equal(OnnxElement.Int32, Constant("fc.bias").Element);
        var input = Constant("input/scale").Read<float>()[0];
        Assert.Equal(Constant("fc.weight/scale").Read<float>().Select(scale => scale * input), Constant("fc.bias/scale").Read<float>());
        var (bias, scales) = (Constant("fc.bias").Read<int>(), Constant("fc.bias/scale").Read<float>());
        var expected = ((Linear)model.named_children().Single().module).bias!.data<float>().ToArray();
        for (var channel = 0; channel < 4; channel++)
            Assert.InRange(Math.Abs(bias[channel] * (double)scales[channel] - expected[channel]), 0, scales[channel]);
    }

    [Fact]
    public void A_linear_layer_on_tokens_is_quantized_as_it_is_stored()
    {
        using var scope = NewDisposeScope();
        using var model = Sequential(("fc", Linear(8, 4)), ("act", GELU()), ("out", Linear(4, 3)));
        var (integers, report, _) = Quantize(model, null, 5, 8);
        Assert.Equal(["fc", "out"], report.Layers);
        Assert.Equal([4, 8], integers.Constants.Single(constant => constant.Name == "fc.weight").Shape);
        Assert.InRange(report.MaxDifference, 0, 0.01);
    }

    [Fact]
    public void A_residual_addition_is_one_of_integers()
    {
        using var scope = NewDisposeScope();
        using var model = new Residual();
        var (integers, report, _) = Quantize(model, null, 8, 6, 6);
        Assert.InRange(report.MaxDifference, 0, 0.01);
        var sum = integers.Nodes.Single(node => node.Operator == "Add");
        Assert.All(sum.Inputs, input => Assert.Contains(integers.Nodes, node => node.Operator == "DequantizeLinear" && node.Outputs[0] == input));
    }

    [Fact]
    public void With_a_reduced_range_no_weight_uses_its_eighth_bit()
    {
        using var scope = NewDisposeScope();
        using var model = Network();
        var (integers, _, _) = Quantize(model, new() { ReduceRange = true }, 3, 16, 16);
        var weights = integers.Constants.Where(constant => constant.Element == OnnxElement.Int8 && constant.Name.EndsWith("weight", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, weights.Count);
        Assert.All(weights, weight => Assert.Equal(63, weight.Read<sbyte>().Max(code => Math.Abs((int)code))));
    }

    [Fact]
    public void A_weight_that_is_used_twice_stays_as_it_is()
    {
        using var scope = NewDisposeScope();
        using var model = new Tied();
        var (integers, report, _) = Quantize(model, null, 6);
        Assert.Equal(["last"], report.Layers);
        Assert.Equal(OnnxElement.Float, integers.Constants.Single(constant => constant.Name == "shared.weight").Element);
    }

    [Fact]
    public void Only_chosen_layers_are_quantized()
    {
        using var scope = NewDisposeScope();
        using var model = Network();
        var (integers, report, _) = Quantize(model, new() { Choose = paths => [.. paths.Where(path => path != "fc")] }, 3, 16, 16);
        Assert.Equal(["conv1", "conv2"], report.Layers);
        Assert.Equal(OnnxElement.Float, integers.Constants.Single(constant => constant.Name == "fc.weight").Element);
    }

    [Fact]
    public void Sums_that_would_be_wrong_are_refused_and_nothing_is_written()
    {
        using var scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        using var model = Network();
        model.eval();
        var graph = Graph.Capture(model, randn(1, 3, 16, 16));
        // Whatever the kernels do differently is more than nothing; a sum that runs over is much more.
        var (integers, simulation) = (OnnxExporter.InMemory(graph, new()), BrokenBias(OnnxExporter.InMemory(graph, new())));
        Assert.Contains("reduce-range", Assert.Throws<GraphException>(() => Int8Trial.Compare(integers, simulation, integers, randn(4, 3, 16, 16), 0.05)).Message, StringComparison.Ordinal);
        Assert.Throws<GraphException>(() => graph.ExportOnnxInt8(folder.File("m.onnx"), []));
        Assert.Empty(folder.Names());
    }

    [Fact]
    public void A_model_without_weights_has_nothing_to_quantize()
    {
        using var scope = NewDisposeScope();
        using var model = Sequential(("act", ReLU()));
        Assert.Contains("No layer", Assert.Throws<GraphException>(() => Quantize(model, null, 4)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Examples_that_are_not_finite_are_refused()
    {
        using var scope = NewDisposeScope();
        using var model = Sequential(("fc", Linear(8, 4)));
        model.eval();
        var onnx = OnnxExporter.InMemory(Graph.Capture(model, randn(1, 8)), new());
        Assert.Contains("'input'", Assert.Throws<GraphException>(() => Int8Quantizer.Quantize(onnx, [full(2, 8, float.NaN)], new())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(49)]
    [InlineData(101)]
    public void Refuses_a_percentile_that_is_none(double percentile) => Assert.Throws<ArgumentOutOfRangeException>(() => new Int8Options { Percentile = percentile });

    private static OnnxModel BrokenBias(OnnxModel model) => model with
    {
        Constants = [.. model.Constants.Select(constant => constant.Name == "fc.bias" ? OnnxTensor.Of("fc.bias", OnnxElement.Float, constant.Shape, Enumerable.Repeat(100f, 10).ToArray()) : constant)],
    };

    private sealed class Residual : Module<Tensor, Tensor>
    {
        private readonly Conv2d first = Conv2d(8, 8, 3, padding: 1), second = Conv2d(8, 8, 3, padding: 1), last = Conv2d(8, 4, 1);

        public Residual() : base("residual") => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            var shortcut = functional.relu(first.call(input));
            return last.call(functional.relu(second.call(shortcut) + shortcut));
        }
    }

    private sealed class Tied : Module<Tensor, Tensor>
    {
        private readonly Linear shared = Linear(6, 6, hasBias: false), last = Linear(6, 3);

        public Tied() : base("tied") => RegisterComponents();

        public override Tensor forward(Tensor input) => last.call(shared.call(shared.call(input).relu()).relu());
    }
}
