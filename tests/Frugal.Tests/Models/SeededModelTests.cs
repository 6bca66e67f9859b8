using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Models;

/// <summary>What every architecture must do for a given seed of libtorch's own generator.</summary>
public class SeededModelTests
{
    [Theory]
    [MemberData(nameof(ModelCases.Names), MemberType = typeof(ModelCases))]
    public void Every_parameter_learns(string name)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var model = ModelCases.Small[name].Build();
        // Around zero, as normalised images are; positive images would leave a narrow net with dead units.
        var input = randn([3, .. model.InputShape]);
        using (model)
        {
            // Whatever starts at zero hides the gradients in front of it.
            using (no_grad())
                foreach (var parameter in model.parameters())
                    parameter.add_(randn_like(parameter) * 0.1);
            model.eval();
            nn.functional.cross_entropy(model.call(input), tensor(new long[] { 0, 3, 4 })).backward();
            foreach (var (path, parameter) in model.named_parameters())
            {
                Assert.True(parameter.grad is not null, path);
                float size = parameter.grad!.abs().sum().item<float>();
                Assert.True(size is > 0 and < float.PositiveInfinity, $"{path}: the gradient's size is {size}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(ModelCases.Names), MemberType = typeof(ModelCases))]
    public void The_same_seed_gives_the_same_weights(string name)
    {
        using var scope = NewDisposeScope();
        var weights = new List<float[]>();
        for (int i = 0; i < 2; i++)
        {
            new RandomStreams(42).SeedTorch("init");
            using var model = ModelCases.Small[name].Build();
            weights.Add([.. model.parameters().SelectMany(p => p.data<float>().ToArray())]);
        }
        Assert.Equal(weights[0], weights[1]);
    }

    [Fact]
    public void A_transformer_starts_from_a_normal_distribution_of_deviation_0_02()
    {
        using var scope = NewDisposeScope();
        new RandomStreams(42).SeedTorch("init");
        using var model = (VisionTransformerConfig.Nano with { NumClasses = 100, InChannels = 1, ImageSize = 28 }).Build();
        foreach (var (path, weight) in model.named_parameters().Where(p => p.name == "pos_embed" || p.parameter.dim() == 2))
        {
            // Five standard errors of the mean and of the deviation.
            double error = 0.02 / Math.Sqrt(weight.numel());
            Assert.True(Math.Abs(weight.mean().item<float>()) < 5 * error, path);
            Assert.True(Math.Abs(weight.std().item<float>() - 0.02) < 5 * error / Math.Sqrt(2), path);
            // A third of a normal distribution lies beyond one deviation, and one in 22 beyond two.
            Assert.InRange(weight.abs().gt(0.02).to(float32).mean().item<float>(), 0.26, 0.38);
            Assert.InRange(weight.abs().gt(0.04).to(float32).mean().item<float>(), 0.02, 0.08);
        }
    }

    [Fact]
    public void Saving_does_not_move_the_stream_that_training_draws_from()
    {
        using var folder = new TemporaryFolder();
        using var model = new VisionTransformer(new VisionTransformerConfig { EmbedDim = 12, NumHeads = 3, NumClasses = 5, InChannels = 1, ImageSize = 8 });
        ModuleSurgery.Replace(model, "blocks.0.attn.proj", new LowRankLinear(12, 12, 3));
        using var before = get_rng_state();
        ModelFolder.Save(model, folder.Path);
        using var after = get_rng_state();
        Assert.True(before.equal(after).all().item<bool>());
    }
}
