using Frugal.Interop;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Distillation;

/// <summary>The golden cases of MEAL V2: soft labels, both losses and their gradients in joint training.</summary>
internal sealed class MealGolden : GoldenCase
{
    public override string Slug => "meal-v2";

    public override Tolerance ToleranceFor(GoldenFile file, string output) => Tolerance.OfLargest(1e-6, atLeast: 1);

    public override GoldenOutputs Run(GoldenFile file)
    {
        using var generator = new Generator(0);
        using var discriminator = new Discriminator(file.Config.Int("num_classes"), file.Config.Int("reduction"), generator);
        Load(discriminator, file);
        var logits = file.In("student_logits").requires_grad_();
        var teachers = file.In("teacher_logits");
        Require(teachers.shape, [file.Config.Int("teachers"), file.Config.Int("batch"), file.Config.Int("num_classes")], file);
        var answer = TeacherAnswer.Of(teachers);
        var (similarity, discrimination) = MealLoss.Of(logits, answer, discriminator, gradientFactor: 1);
        var similarityGradient = autograd.grad([similarity], [logits], retain_graph: true)[0];
        (similarity + discrimination!).backward();
        var outputs = new GoldenOutputs
        {
            { "soft_label", answer.SoftLabel }, { "mean_logits", answer.MeanLogits }, { "disc_output", discriminator.call(cat([logits, answer.MeanLogits])) },
            { "g_loss", similarity }, { "d_loss", discrimination! }, { "grad.student_logits", logits.grad! }, { "grad.student_logits_g", similarityGradient },
        };
        foreach (var (name, parameter) in discriminator.named_parameters())
            outputs.Add($"grad.{name}", parameter.grad!.reshape(file.Param(name).shape));
        return outputs;
    }

    // The file has convolutions over one position, [out, in, 1, 1].
    private static void Load(Discriminator discriminator, GoldenFile file)
    {
        using var mode = no_grad();
        foreach (var (name, parameter) in discriminator.named_parameters())
        {
            var weight = file.Param(name);
            Require(weight.shape.Take(parameter.shape.Length), parameter.shape, file);
            parameter.copy_(weight.reshape(parameter.shape));
        }
    }

    private static void Require(IEnumerable<long> shape, IReadOnlyList<long> expected, GoldenFile file)
    {
        if (!shape.SequenceEqual(expected))
            throw new FrugalException($"{file.Path} holds [{string.Join(", ", shape)}] where its config means [{string.Join(", ", expected)}].");
    }
}
