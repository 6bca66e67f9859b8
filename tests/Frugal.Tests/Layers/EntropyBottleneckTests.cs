using Frugal.Interop;
using Frugal.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers;

public sealed class EntropyBottleneckTests : IDisposable
{
    private const int Channels = 3;
    private readonly DisposeScope scope = NewDisposeScope();

    private static EntropyBottleneck Trained(double spread = 2)
    {
        using var inner = NewDisposeScope();
        manual_seed(3).Dispose();
        var layer = new EntropyBottleneck(Channels);
        // Fitted to a latent of its own, so that channels differ in centre and width.
        var latent = randn(8, Channels, 6, 6) * tensor(new[] { 0.5f, 1, 2 }).reshape(1, 3, 1, 1) * spread + tensor(new[] { 0f, 1.3f, -2.6f }).reshape(1, 3, 1, 1);
        using var optimizer = optim.Adam(layer.parameters(), lr: 0.05);
        for (int i = 0; i < 150; i++)
        {
            using var step = NewDisposeScope();
            optimizer.zero_grad();
            (layer.Bits(layer.call(latent)) / latent.numel()).backward();
            optimizer.step();
        }
        layer.MakeTables();
        layer.eval();
        return layer;
    }

    private static Tensor Latent(ulong seed, double scale = 2)
    {
        using var generator = new Generator(seed);
        return randn([1, Channels, 5, 7], generator: generator) * scale;
    }

    [Theory]
    [InlineData("bottleneck")]
    [InlineData("range_coder")]
    public void Golden_case_agrees(string name)
    {
        var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "entropic-student", $"{name}.safetensors"));
        Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
    }

    [Fact]
    public void Has_the_parameters_and_the_shapes_of_the_paper()
    {
        using var layer = new EntropicBottleneck(3, EntropicBottleneck.PaperEncoder(24), EntropicBottleneck.PaperDecoder(256));
        long Count(string part) => layer.named_parameters().Where(parameter => parameter.name.StartsWith(part, StringComparison.Ordinal)).Sum(parameter => parameter.parameter.numel());
        Assert.Equal((138_672, 1_164_032, 1464), (Count("encoder."), Count("decoder."), Count("entropy_bottleneck.")));
        using var small = new EntropicBottleneck(3, EntropicBottleneck.PaperEncoder(2), EntropicBottleneck.PaperDecoder(4));
        Assert.Equal([1L, 2, 7, 15], small.Encode(zeros(1, 3, 32, 64)).shape);
        Assert.Equal([1L, 4, 8, 16], small.call(zeros(1, 3, 32, 64)).shape);
    }

    [Fact]
    public void Divisive_normalization_without_gamma_divides_by_beta_and_its_inverse_undoes_it()
    {
        using var mode = no_grad();
        using Gdn1 forward = new(4), inverse = new(4, isInverse: true);
        foreach (var layer in new[] { forward, inverse })
        {
            layer.get_parameter("gamma")!.zero_();
            layer.get_parameter("beta")!.copy_(tensor(new[] { 1f, 2, 3, 4 }).sqrt());
        }
        var input = randn(2, 4, 3, 3);
        Assert.True(forward.call(input).allclose(input / tensor(new[] { 1f, 2, 3, 4 }).reshape(1, 4, 1, 1), rtol: 1e-4));
        Assert.True(inverse.call(forward.call(input)).allclose(input, rtol: 1e-4));
    }

    [Fact]
    public void A_number_below_its_bound_is_moved_upwards_only()
    {
        var input = tensor(new[] { -1f, -1, 2, 2 }, requires_grad: true);
        LowerBound.Of(input, 0.5).backward([tensor(new[] { 1f, -1, 1, -1 })]);
        Assert.Equal([0f, -1, 1, -1], input.grad!.data<float>().ToArray());
    }

    [Fact]
    public void Probabilities_of_whole_numbers_are_positive_and_sum_to_one()
    {
        using var layer = Trained();
        using var mode = no_grad();
        var numbers = arange(-4000, 4001, float32).reshape(1, 1, 1, -1).repeat(1, Channels, 1, 1);
        var likelihood = layer.Likelihood(numbers).to(float64);
        Assert.True(likelihood.min().item<double>() > 0);
        Assert.All(likelihood.sum([0, 2, 3]).data<double>().ToArray(), sum => Assert.Equal(1, sum, 1e-4)); // of which up to 8e-6 are the floors
    }

    [Fact]
    public void In_training_noise_of_less_than_half_and_otherwise_the_nearest_number_around_the_median()
    {
        using var layer = Trained();
        var latent = Latent(1);
        layer.train();
        Assert.True((layer.call(latent) - latent).abs().max().item<float>() <= 0.5f);
        Assert.False(layer.call(latent).equal(layer.call(latent)).all().item<bool>());
        layer.eval();
        var rounded = layer.call(latent);
        Assert.True((rounded - latent).abs().max().item<float>() <= 0.50001f);
        Assert.True(layer.call(rounded).allclose(rounded));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(200)] // nearly all outside the tables
    public void What_is_decompressed_is_what_the_layer_rounds_to(double scale)
    {
        using var layer = Trained();
        using var mode = no_grad();
        var latent = Latent(2, scale);
        Assert.True(layer.Decompress(layer.Compress(latent), 5, 7).equal(layer.call(latent)).all().item<bool>());
    }

    [Fact]
    public void Bytes_are_as_many_as_the_likelihoods_foretell()
    {
        using var layer = Trained();
        using var mode = no_grad();
        using var generator = new Generator(4);
        var latent = randn([1, Channels, 40, 40], generator: generator) * tensor(new[] { 0.5f, 1, 2 }).reshape(1, 3, 1, 1) * 2 + tensor(new[] { 0f, 1.3f, -2.6f }).reshape(1, 3, 1, 1);
        double bits = layer.Bits(layer.call(latent)).item<float>();
        Assert.InRange(layer.Compress(latent).Length * 8, bits * 0.99 - 64, bits * 1.01 + 64);
    }

    [Fact]
    public void The_auxiliary_loss_vanishes_at_the_quantiles_and_reaches_nothing_else()
    {
        using var layer = Trained();
        foreach (var parameter in layer.parameters())
            parameter.grad = null;
        double solved = layer.AuxiliaryLoss().item<float>();
        using (no_grad())
            layer.get_parameter("quantiles")!.add_(1);
        var loss = layer.AuxiliaryLoss();
        Assert.True(solved < 0.01 && loss.item<float>() > 10 * solved, $"{solved} where solved, {loss.item<float>()} beside");
        loss.backward();
        Assert.All(layer.named_parameters(), parameter => Assert.Equal(parameter.name == "quantiles", parameter.parameter.grad is not null));
    }

    [Fact]
    public void The_cumulative_distribution_rises()
    {
        using var layer = Trained();
        using var mode = no_grad();
        var quantiles = layer.get_parameter("quantiles")!;
        Assert.True(quantiles.diff(dim: 2).min().item<float>() > 0);
    }

    [Fact]
    public void Without_tables_there_is_nothing_to_code_with()
    {
        using var layer = new EntropyBottleneck(Channels);
        Assert.Contains("no tables", Assert.Throws<FrugalException>(() => layer.Compress(Latent(3))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("96k5s2p2")]
    [InlineData("1k1s1p0")]
    public void A_stage_reads_back(string text) => Assert.Equal(text, CodecStage.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("0k3s1p1")]
    [InlineData("8k3s0p1")]
    [InlineData("8x3")]
    public void What_is_no_stage_is_refused(string text) => Assert.Throws<FormatException>(() => CodecStage.Parse(text));

    [Theory]
    [InlineData(16, 16)]
    [InlineData(28, 20)]
    public void A_cosine_transform_with_a_small_step_gives_the_image_back(int height, int width)
    {
        using var codec = new DctCodec(2, 1e-4);
        var images = rand(3, 2, height, width);
        Assert.True(codec.call(images).allclose(images, atol: 1e-3));
    }

    [Fact]
    public void A_coarser_step_takes_fewer_bytes_and_a_plain_image_none()
    {
        var images = rand(6, 1, 16, 16);
        double[] bytes = [.. new[] { 0.05, 0.2, 0.8 }.Select(step => { using var codec = new DctCodec(1, step); return codec.BytesOf(images).First(); })];
        Assert.True(bytes[0] > bytes[1] && bytes[1] > bytes[2]);
        using var plain = new DctCodec(1, 0.5);
        Assert.Equal(0, plain.BytesOf(ones(4, 1, 16, 16)).First());
    }

    public void Dispose() => scope.Dispose();
}
