using Frugal.Analysis;
using Frugal.Interop;
using Frugal.Models.Vision;
using Frugal.Tests.Compression;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Analysis;

public class AttentionGradientTests
{
    private const int Length = 40, Dim = 4;

    private static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, float64, generator: generator);
    }

    private static (HeadInputs Head, Tensor Weight) Case(double gamma)
    {
        Tensor c1 = Random(1, Length, Dim), c2 = Random(2, Length, Dim), weight = Random(5, Dim, Dim);
        return (new(c1 * (gamma / c1.matmul(weight).abs().max()), c2 * (gamma / c2.abs().max()), Random(3, Length, Dim), Random(4, Length, Dim)), weight);
    }

    private static double Largest(Tensor difference) => difference.abs().max().item<double>();

    [Theory]
    [InlineData("grad_deg4")]
    [InlineData("grad_deg6")]
    public void Golden_case_agrees(string name)
    {
        var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "lora-limits", $"{name}.safetensors"));
        Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
    }

    public class Exact
    {
        [Fact]
        public void Equals_automatic_differentiation()
        {
            using var scope = NewDisposeScope();
            var (head, weight) = Case(1);
            var traced = weight.clone().requires_grad_();
            var loss = (nn.functional.softmax(head.C1.matmul(traced).matmul(head.C2.t()), 1).matmul(head.C3) - head.Target).square().sum() / 2;
            loss.backward();
            var exact = ExactHeadGradient.Of(head, weight);
            Assert.Equal(loss.item<double>(), exact.Loss.item<double>(), 1e-10);
            Assert.InRange(Largest(exact.Weight - traced.grad!), 0, 1e-10);
        }

        [Fact]
        public void Rows_of_the_gradient_by_the_logits_sum_to_zero()
        {
            using var scope = NewDisposeScope();
            var (head, weight) = Case(1);
            Assert.InRange(Largest(ExactHeadGradient.Of(head, weight).Logits.sum(1)), 0, 1e-12);
        }
    }

    public class Features
    {
        [Theory]
        [InlineData(1, 5)]
        [InlineData(3, 4)]
        [InlineData(4, 6)]
        [InlineData(2, 0)]
        public void Products_are_the_truncated_exponential(int dim, int degree)
        {
            using var scope = NewDisposeScope();
            Tensor u = Random(1, 7, dim), v = Random(2, 5, dim), product = u.matmul(v.t()), expected = ones_like(product), term = ones_like(product);
            for (int t = 1; t <= degree; t++)
            {
                term = term * product / t;
                expected += term;
            }
            Tensor left = PolynomialFeatures.Of(u, degree), right = PolynomialFeatures.Of(v, degree);
            Assert.Equal(PolynomialFeatures.Count(dim, degree), left.shape[1]);
            Assert.InRange(Largest(left.matmul(right.t()) - expected), 0, 1e-10 * Math.Max(1, Largest(expected)));
        }

        [Theory]
        [InlineData(3, 4, 35)]
        [InlineData(4, 4, 70)]
        [InlineData(4, 8, 495)]
        [InlineData(2, 6, 28)]
        public void Are_as_many_as_there_are_monomials(long dim, int degree, long expected) => Assert.Equal(expected, PolynomialFeatures.Count(dim, degree));

        [Fact]
        public void Come_by_degree_and_then_by_sorted_indexes()
        {
            using var scope = NewDisposeScope();
            double[] row = [.. PolynomialFeatures.Of(tensor(new double[,] { { 2, 3 } }), 2).data<double>()];
            double[] expected = [1, 2, 3, 4 / Math.Sqrt(2), 6, 9 / Math.Sqrt(2)];
            Assert.All(expected.Zip(row), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
        }

        [Theory]
        [InlineData(0.1, 0.01)]
        [InlineData(1, 0.001)]
        [InlineData(4, 0.01)]
        public void The_degree_is_the_smallest_even_one_within_the_tolerance(double logit, double tolerance)
        {
            int degree = PolynomialFeatures.DegreeFor(logit, tolerance)!.Value;
            Assert.Equal(0, degree % 2);
            Assert.True(Remainder(degree) <= tolerance);
            Assert.True(degree == 0 || Remainder(degree - 2) > tolerance);

            double Remainder(int g) => Enumerable.Range(1, g + 1).Aggregate(Math.Exp(logit), (product, t) => product * logit / t);
        }

        [Fact]
        public void Logits_that_need_more_than_degree_64_have_none() => Assert.Null(PolynomialFeatures.DegreeFor(100, 1e-3));
    }

    public class Chained
    {
        [Fact]
        public void Approaches_the_exact_gradient_with_the_degree()
        {
            using var scope = NewDisposeScope();
            var (head, weight) = Case(0.75);
            var exact = ExactHeadGradient.Of(head, weight).Weight;
            double[] errors = [.. new[] { 2, 4, 6, 8 }.Select(degree => Largest(ChainedHeadGradient.Of(head, weight, degree).Weight - exact) / Largest(exact))];
            Assert.Equal(errors, errors.OrderDescending());
            Assert.InRange(errors[^1], 0, 1e-8);
        }

        [Theory]
        [InlineData(0)]
        [InlineData(2)]
        [InlineData(6)]
        public void Rows_of_the_softmax_sum_to_one_for_every_degree(int degree)
        {
            using var scope = NewDisposeScope();
            var (head, weight) = Case(1.5);
            var chained = ChainedHeadGradient.Of(head, weight, degree);
            Assert.InRange(Largest(chained.U1.matmul(chained.V1.sum([0])) - 1), 0, 1e-12);
        }

        [Fact]
        public void Degree_0_is_the_uniform_softmax_as_are_logits_near_zero()
        {
            using var scope = NewDisposeScope();
            var (head, weight) = Case(1.5);
            var uniform = ChainedHeadGradient.Of(head, weight, 0);
            Assert.InRange(Largest(uniform.U1.matmul(uniform.V1.t()) - 1.0 / Length), 0, 1e-12);
            var (small, _) = Case(1e-6);
            Tensor attention = full([Length, Length], 1.0 / Length, float64), outer = (attention.matmul(small.C3) - small.Target).matmul(small.C3.t());
            var expected = small.C1.t().matmul(attention * outer - (attention * outer).sum(1, keepdim: true) * attention).matmul(small.C2);
            var exact = ExactHeadGradient.Of(small, weight).Weight;
            Assert.InRange(Largest(exact - expected) / Largest(exact), 0, 1e-4);
        }

        [Fact]
        public void Blocks_of_rows_do_not_matter()
        {
            using var scope = NewDisposeScope();
            // 300 rows are two whole blocks and a part.
            var head = new HeadInputs(Random(1, 300, 2) * 0.1, Random(2, 300, 2) * 0.1, Random(3, 300, 2), Random(4, 300, 2));
            var weight = Random(5, 2, 2);
            Assert.InRange(Largest(ChainedHeadGradient.Of(head, weight, 8).Weight - ExactHeadGradient.Of(head, weight).Weight), 0, 1e-9);
        }

        [Fact]
        public void An_odd_degree_is_refused()
        {
            using var scope = NewDisposeScope();
            var (head, weight) = Case(1);
            Assert.Equal("degree", Assert.Throws<ArgumentOutOfRangeException>(() => ChainedHeadGradient.Of(head, weight, 3)).ParamName);
        }
    }

    public class Bound
    {
        [Fact]
        public void Says_whether_a_polynomial_is_cheaper_than_the_softmax()
        {
            using var scope = NewDisposeScope();
            var small = NormBound.Of(full(5, 2, 0.1), full(5, 2, -0.2), length: 1000, tolerance: 0.01);
            Assert.Equal((0.1, 0.2), (Math.Round(small.Query, 6), Math.Round(small.Key, 6)));
            Assert.True(small.IsFast);
            Assert.Equal(PolynomialFeatures.Count(2, small.Degree!.Value), small.Features);
            var large = NormBound.Of(full(5, 64, 8.0), full(5, 64, 8.0), length: 1000, tolerance: 0.01);
            Assert.False(large.IsFast);
            Assert.Contains("normalise", large.ToString(), StringComparison.Ordinal);
            Assert.Equal(Math.Sqrt(Math.Log(1000)), large.Threshold, 1e-12);
        }

        [Fact]
        public void The_step_measures_every_attention_layer_and_leaves_the_model()
        {
            var notes = new Notes();
            using var subject = TinySubject.Of(new VisionTransformerConfig { PatchSize = 3, EmbedDim = 16, Depth = 2, NumHeads = 2 }, observer: notes);
            byte[] before = TinySubject.Bytes(subject);
            new AttentionNorms { Examples = 8 }.Apply(subject);
            Assert.Equal(2, notes.Texts.Count(text => text.Contains(".attn'", StringComparison.Ordinal)));
            Assert.True(subject.Metrics["gamma-query"] > 0);
            Assert.True(subject.Metrics["gamma-key"] > 0);
            Assert.Equal(before, TinySubject.Bytes(subject));
        }

        [Fact]
        public void A_model_without_attention_is_told_so()
        {
            var notes = new Notes();
            using var subject = TinySubject.Of(observer: notes);
            new AttentionNorms().Apply(subject);
            Assert.Contains("no self-attention layer", Assert.Single(notes.Texts), StringComparison.Ordinal);
            Assert.Null(subject.Metrics["gamma-query"]);
        }
    }

    [Fact]
    public void The_step_measures_error_and_features()
    {
        using var subject = TinySubject.Of();
        new AttentionGradient { Length = 64, Gamma = 0.5, HalfDegree = 2 }.Apply(subject);
        Assert.InRange(subject.Metrics["gradient-error"]!.Value, 0, 1e-4);
        Assert.Equal(70, subject.Metrics["num-features"]);
        Assert.True(subject.Metrics["exact-time"] > 0 && subject.Metrics["chained-time"] > 0);
    }
}
