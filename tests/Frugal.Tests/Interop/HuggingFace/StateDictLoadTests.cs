using Frugal.Interop;
using static TorchSharp.torch;

namespace Frugal.Tests.Interop.HuggingFace;

public class StateDictLoadTests
{
    private static SafetensorsFile Weights(params (string, Tensor)[] tensors)
    {
        var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, tensors);
        stream.Position = 0;
        return SafetensorsFile.Parse(stream, name: "m.safetensors");
    }

    [Fact]
    public void Copies_what_fits_and_reports_the_rest()
    {
        using var scope = NewDisposeScope();
        using var weights = Weights(("a", ones(2)), ("b", ones(3)), ("x", ones(1)));
        var model = new Dictionary<string, Tensor> { ["a"] = zeros(2), ["b"] = zeros(4), ["c"] = zeros(1) };
        var report = StateDictLoad.Into(model, weights);
        Assert.Equal(["a"], report.Loaded);
        Assert.Equal(["c"], report.Missing);
        Assert.Equal(["x"], report.Unexpected);
        Assert.Equal("b: [4] expected, [3] found", Assert.Single(report.WronglyShaped).ToString());
        Assert.Equal([1, 1], model["a"].data<float>().ToArray());
        Assert.Equal([0, 0, 0, 0], model["b"].data<float>().ToArray());
        Assert.False(report.IsComplete);
        Assert.Equal("m.safetensors: 1 tensors loaded; 1 missing: c [1]; 1 unexpected: x [1]; 1 wrongly shaped: b: [4] expected, [3] found.",
            Assert.Throws<FrugalException>(report.OrThrow).Message);
    }

    [Fact]
    public void Converts_to_the_models_type_and_loads_parameters_in_place()
    {
        using var scope = NewDisposeScope();
        using var weights = Weights(("w", tensor(new double[] { 0.5, 2 })));
        using var parameter = new TorchSharp.Modules.Parameter(zeros(2));
        Assert.True(StateDictLoad.Into(new Dictionary<string, Tensor> { ["w"] = parameter }, weights).OrThrow().IsComplete);
        Assert.Equal([0.5f, 2], parameter.data<float>().ToArray());
        Assert.True(parameter.requires_grad);
        Assert.True(parameter.is_leaf);
    }

    [Fact]
    public void Names_can_be_translated_or_left_out()
    {
        using var scope = NewDisposeScope();
        using var weights = Weights(("module.a", ones(2)), ("module.extra", ones(1)));
        var report = StateDictLoad.Into(new Dictionary<string, Tensor> { ["a"] = zeros(2) }, weights,
            name => name == "module.extra" ? null : name["module.".Length..]);
        Assert.True(report.IsComplete);
        Assert.Contains("would become 'a'", Assert.Throws<FrugalException>(() =>
            StateDictLoad.Plan(new Dictionary<string, Tensor> { ["a"] = zeros(2) }, Weights(("p", ones(2)), ("q", ones(2))), _ => "a")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Planning_touches_nothing_and_loading_leaks_nothing()
    {
        using var scope = NewDisposeScope();
        using var weights = Weights(("a", ones(2)));
        var model = new Dictionary<string, Tensor> { ["a"] = zeros(2) };
        Assert.True(StateDictLoad.Plan(model, weights).IsComplete);
        Assert.Equal([0, 0], model["a"].data<float>().ToArray());
        var before = scope.DisposablesCount;
        StateDictLoad.Into(model, weights);
        Assert.Equal(before, scope.DisposablesCount);
    }
}
