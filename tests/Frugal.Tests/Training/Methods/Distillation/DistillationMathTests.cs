using Frugal.Training.Methods.Distillation;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Training.Methods.Distillation;

public sealed class DistillationMathTests : IDisposable
{
    private const int Batch = 5, Classes = 7;
    private readonly DisposeScope scope = NewDisposeScope();

    private static Tensor Logits(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape.Length > 0 ? shape : [Batch, Classes], float64, generator: generator) * 2;
    }

    private static double Number(Tensor scalar) => scalar.item<double>();

    private static Tensor GradientOf(Func<Tensor, Tensor> loss, Tensor at)
    {
        var input = at.detach().clone().requires_grad_();
        loss(input).backward();
        return input.grad!;
    }

    [Fact]
    public void Soft_labels_are_probabilities()
    {
        var label = DistillationMath.SoftLabel(Logits(1, 3, Batch, Classes));
        Assert.True(label.sum(-1).allclose(ones(Batch, float64)));
        Assert.True(label.min().item<double>() > 0);
    }

    [Fact]
    public void One_teacher_gives_its_own_probabilities_and_equal_teachers_what_one_gives()
    {
        var logits = Logits(1);
        Assert.True(DistillationMath.SoftLabel(logits.unsqueeze(0)).equal(functional.softmax(logits, -1)).all().item<bool>());
        Assert.True(DistillationMath.SoftLabel(stack([logits, logits, logits])).allclose(functional.softmax(logits, -1)));
    }

    [Fact]
    public void The_mean_of_probabilities_is_not_the_probability_of_the_mean()
    {
        var teachers = Logits(2, 2, Batch, Classes);
        Assert.True((DistillationMath.SoftLabel(teachers) - functional.softmax(teachers.mean([0]), -1)).abs().max().item<double>() > 0.01);
        var shifted = stack([teachers[0], teachers[0] + 3]); // teachers that differ by a constant in each row agree
        Assert.True(DistillationMath.SoftLabel(shifted).allclose(functional.softmax(shifted.mean([0]), -1)));
    }

    [Fact]
    public void The_gradient_of_the_similarity_is_the_difference_of_the_probabilities()
    {
        Tensor student = Logits(3), label = functional.softmax(Logits(4), -1);
        var gradient = GradientOf(logits => DistillationMath.SimilarityLoss(logits, label), student);
        Assert.True(gradient.allclose((functional.softmax(student, -1) - label) / Batch));
        Assert.True(GradientOf(logits => DistillationMath.SimilarityLoss(logits, functional.softmax(student, -1)), student).abs().max().item<double>() < 1e-15);
    }

    [Fact]
    public void The_similarity_loss_is_at_least_the_entropy_and_reaches_it_where_the_student_agrees()
    {
        Tensor student = Logits(5), label = functional.softmax(Logits(6), -1);
        double entropy = -Number((label * label.log()).sum(-1).mean());
        Assert.True(Number(DistillationMath.SimilarityLoss(student, label)) > entropy);
        Assert.Equal(entropy, Number(DistillationMath.SimilarityLoss(label.log(), label)), 1e-12);
    }

    [Fact]
    public void Certain_teachers_make_it_the_cross_entropy_of_labels()
    {
        var student = Logits(7);
        var labels = tensor(new long[] { 3, 0, 6, 6, 1 });
        var certain = functional.one_hot(labels, Classes).to(float64);
        Assert.Equal(Number(functional.cross_entropy(student, labels)), Number(DistillationMath.SimilarityLoss(student, certain)), 1e-12);
    }

    [Fact]
    public void A_constant_on_a_row_of_logits_changes_nothing()
    {
        Tensor student = Logits(8), teachers = Logits(9, 2, Batch, Classes), row = Logits(10, Batch, 1);
        double plain = Number(DistillationMath.SimilarityLoss(student, DistillationMath.SoftLabel(teachers)));
        Assert.Equal(plain, Number(DistillationMath.SimilarityLoss(student + row, DistillationMath.SoftLabel(teachers))), 1e-12);
        Assert.Equal(plain, Number(DistillationMath.SimilarityLoss(student, DistillationMath.SoftLabel(teachers + row))), 1e-12);
    }

    [Fact]
    public void The_divergence_at_temperature_one_is_the_similarity_less_the_entropy()
    {
        Tensor student = Logits(11), teacher = Logits(12);
        var label = functional.softmax(teacher, -1);
        double entropy = -Number((label * label.log()).sum(-1).mean());
        Assert.Equal(Number(DistillationMath.SimilarityLoss(student, label)) - entropy, Number(DistillationMath.Divergence(student, teacher, 1)), 1e-12);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(4.0)]
    public void The_divergence_is_zero_with_zero_gradient_where_the_student_agrees(double temperature)
    {
        var teacher = Logits(13);
        Assert.Equal(0, Number(DistillationMath.Divergence(teacher, teacher, temperature)), 1e-14);
        Assert.True(GradientOf(logits => DistillationMath.Divergence(logits, teacher, temperature), teacher).abs().max().item<double>() < 1e-15);
        Assert.True(Number(DistillationMath.Divergence(Logits(14), teacher, temperature)) > 0);
    }

    [Fact]
    public void At_high_temperature_the_gradient_is_that_of_matching_centred_logits()
    {
        Tensor student = Logits(15), teacher = Logits(16);
        Tensor Centred(Tensor logits) => logits - logits.mean([-1], keepdim: true);
        var expected = (Centred(student) - Centred(teacher)) / (Batch * Classes);
        Assert.True(GradientOf(logits => DistillationMath.Divergence(logits, teacher, 1e4), student).allclose(expected, rtol: 1e-2, atol: 1e-5));
    }

    [Theory]
    [InlineData(2L, 6L, 3L, 5L)]
    [InlineData(2L, 9L, 4L)]
    public void An_attention_map_has_length_one_and_knows_neither_width_nor_scale(params long[] shape)
    {
        var activations = Logits(17, shape);
        var map = DistillationMath.AttentionMap(activations, 2);
        long positions = shape.Length == 4 ? shape[2] * shape[3] : shape[1];
        Assert.Equal([shape[0], positions], map.shape);
        Assert.True(map.square().sum(-1).allclose(ones(shape[0], float64)));
        int channels = shape.Length == 4 ? 1 : 2;
        Assert.True(DistillationMath.AttentionMap(cat([activations, -activations], channels) * 3, 2).allclose(map));
    }

    public void Dispose() => scope.Dispose();
}
