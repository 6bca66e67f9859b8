using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers.Experts;

public sealed class ResidualMixtureOfExpertsTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public ResidualMixtureOfExpertsTests() => manual_seed(7).Dispose();

    public void Dispose() => scope.Dispose();

    private static (ResidualMixtureOfExperts Layer, nn.Module<Tensor, Tensor> Mixture, nn.Module<Tensor, Tensor> Block) Layer(bool isGated = false)
    {
        var layer = new ResidualMixtureOfExperts(6, 10, 4, isGated: isGated);
        return (layer, (nn.Module<Tensor, Tensor>)ModuleSurgery.Find(layer, "moe"), (nn.Module<Tensor, Tensor>)ModuleSurgery.Find(layer, "mlp"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Without_a_preference_it_is_the_mean_of_mixture_and_block(bool isGated)
    {
        var (layer, mixture, block) = Layer(isGated);
        using (no_grad())
        {
            layer.get_parameter("coefficient.weight")!.zero_();
            layer.get_parameter("coefficient.bias")!.zero_();
        }
        var x = randn([2, 5, 6]);
        Assert.True(layer.call(x).allclose((mixture.call(x) + block.call(x)) / 2, rtol: 1e-5, atol: 1e-6));
    }

    [Fact]
    public void With_all_weight_on_the_block_it_is_the_block()
    {
        var (layer, _, block) = Layer();
        using (no_grad())
        {
            layer.get_parameter("coefficient.weight")!.zero_();
            layer.get_parameter("coefficient.bias")!.copy_(tensor(new[] { float.NegativeInfinity, 0 }));
        }
        var x = randn([2, 5, 6]);
        Assert.True(layer.call(x).equal(block.call(x)).all().item<bool>());
    }

    [Fact]
    public void Its_mixture_balances_like_any_other()
    {
        var (layer, mixture, _) = Layer();
        var routed = (MixtureOfExperts)mixture;
        routed.BeginLoss();
        layer.call(randn([9, 6]));
        Assert.InRange(routed.TakeLoss()!.item<float>(), 0.009f, 0.04f);
        Assert.Equal(1, routed.Router!.ExpertsPerToken(4));
    }
}
