using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Training.Methods.Pruning;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers;

public class SlorbLinearTests
{
    private static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, dtype: float64, generator: generator);
    }

    private static Linear Dense() => DenseLayer.Linear(Random(1, 6, 16), Random(2, 6));

    private static SlorbLinear Of(Linear dense, Tensor mask, long group, SlorbStart start = SlorbStart.Mean, bool trains = false)
    {
        using var generator = new Generator(3);
        var layer = SlorbLinear.Of(dense, mask, group, start, trains, generator);
        using var frozen = no_grad();
        ((Linear)ModuleSurgery.Find(layer, "sparse")).weight!.mul_(mask);
        layer.to(float64);
        return layer;
    }

    private static Tensor Mask(Linear dense) => NofMMask.Of(NofMMask.Scores(dense.weight!, null), NofMPattern.TwoOfFour);

    [Fact]
    public void Added_weights_are_the_least_squares_solution()
    {
        using var scope = NewDisposeScope();
        var (weight, mask) = (Random(4, 5, 16), Mask(Dense()).narrow(0, 0, 5));
        var taken = (1 - mask) * weight;
        var groups = SlorbMath.Projection(16, 4).to(float64);
        var start = SlorbMath.Start(weight, mask, 4, SlorbStart.Mean);
        var rest = taken - start.matmul(groups);
        Assert.True(rest.matmul(groups.t()).abs().max().ToDouble() < 1e-12); // what is left is orthogonal to every group
        Assert.True(rest.norm().ToDouble() <= taken.norm().ToDouble());
        Assert.True(SlorbMath.Start(weight, mask, 4, SlorbStart.Sum).allclose(start * 4));
    }

    [Fact]
    public void Nothing_masked_adds_nothing()
    {
        using var scope = NewDisposeScope();
        var dense = Dense();
        var layer = Of(dense, ones_like(dense.weight!), 4);
        var input = Random(5, 3, 2, 16);
        Assert.Equal(0, ((Linear)ModuleSurgery.Find(layer, "boost")).weight!.abs().max().ToDouble());
        Assert.True(layer.call(input).allclose(dense.call(input)));
    }

    [Fact]
    public void Groups_of_one_give_the_dense_layer_back()
    {
        using var scope = NewDisposeScope();
        var dense = Dense();
        var input = Random(6, 3, 16);
        Assert.True(Of(dense, Mask(dense).to(dense.weight!.dtype), 1).call(input).allclose(dense.call(input)));
    }

    [Theory]
    [InlineData(false, SlorbStart.Mean)]
    [InlineData(true, SlorbStart.Mean)]
    [InlineData(true, SlorbStart.Xavier)]
    public void Folded_it_computes_the_same(bool trains, SlorbStart start)
    {
        using var scope = NewDisposeScope();
        var dense = Dense();
        var layer = Of(dense, Mask(dense).to(dense.weight!.dtype), 4, start, trains);
        var input = Random(7, 3, 16);
        Assert.True(layer.ToDense().call(input).allclose(layer.call(input), 1e-10, 1e-12));
    }

    [Fact]
    public void A_trained_projection_changes_nothing_before_it_is_trained()
    {
        using var scope = NewDisposeScope();
        var dense = Dense();
        var mask = Mask(dense).to(dense.weight!.dtype);
        var input = Random(8, 3, 16);
        Assert.True(Of(dense, mask, 4, trains: true).call(input).allclose(Of(dense, mask, 4).call(input), 1e-10, 1e-12));
    }

    [Fact]
    public void A_drawn_projection_begins_with_the_sparse_layer_alone()
    {
        using var scope = NewDisposeScope();
        var dense = Dense();
        var layer = Of(dense, Mask(dense).to(dense.weight!.dtype), 4, SlorbStart.Xavier, trains: true);
        var input = Random(9, 3, 16);
        Assert.True(layer.call(input).allclose(((Linear)ModuleSurgery.Find(layer, "sparse")).call(input), 0, 0));
        Assert.Throws<ArgumentException>(() => Of(dense, Mask(dense), 4, SlorbStart.Xavier));
    }

    [Fact]
    public void Groups_that_do_not_divide_the_inputs_are_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new SlorbLinear(16, 4, 5));
}
