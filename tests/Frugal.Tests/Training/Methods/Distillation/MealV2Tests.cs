using Frugal.Data.Transforms;
using Frugal.Interop;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods.Distillation;
using Frugal.Training.Methods.Mixing;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Training.Methods.Distillation;

public class MealV2Tests
{
    private static Tensor Draw(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, generator: generator);
    }

    private static Discriminator Discriminator(int classes, int reduction)
    {
        using var generator = new Generator(5);
        return new Discriminator(classes, reduction, generator);
    }

    public class Golden
    {
        [Theory]
        [InlineData("losses")]
        [InlineData("losses_k1")]
        public void Case_agrees(string name)
        {
            var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "meal-v2", $"{name}.safetensors"));
            Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
        }
    }

    public class Judging
    {
        [Theory]
        [InlineData(1000, 8, 127_047)]
        [InlineData(10, 2, 73)]
        [InlineData(4, 2, 4 * 2 + 2 + 2 + 1 + 2 + 2)]
        public void Has_the_stated_number_of_parameters(int classes, int reduction, long parameters)
        {
            using var discriminator = Discriminator(classes, reduction);
            Assert.Equal(parameters, discriminator.parameters().Sum(parameter => parameter.numel()));
        }

        [Fact]
        public void Outputs_are_two_a_row_and_not_negative()
        {
            using var scope = NewDisposeScope();
            using var discriminator = Discriminator(10, 2);
            var judged = discriminator.call(Draw(1, 12, 10));
            Assert.Equal([12L, 2], judged.shape);
            Assert.True(judged.min().item<float>() >= 0);
        }

        [Fact]
        public void Without_weights_its_loss_is_the_logarithm_of_two()
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            using var discriminator = Discriminator(10, 2);
            foreach (var parameter in discriminator.parameters())
                parameter.zero_();
            Assert.Equal(Math.Log(2), discriminator.Loss(Draw(1, 6, 10), Draw(2, 6, 10)).item<float>(), 1e-6);
        }

        [Fact]
        public void A_constant_on_the_logits_changes_its_loss()
        {
            using var scope = NewDisposeScope();
            using var discriminator = Discriminator(10, 2);
            double plain = discriminator.Loss(Draw(1, 6, 10), Draw(2, 6, 10)).item<float>();
            Assert.NotEqual(plain, discriminator.Loss(Draw(1, 6, 10) + 2, Draw(2, 6, 10)).item<float>(), 1e-4);
        }

        [Fact]
        public void A_reduction_that_leaves_no_unit_is_refused_with_the_largest_that_does() =>
            Assert.Contains("between 1 and 3", Assert.Throws<FrugalException>(() => Discriminator(10, 4)).Message, StringComparison.Ordinal);
    }

    public class Gradients
    {
        private static (Tensor Student, Tensor Discriminator) Of(double? factor)
        {
            using var discriminator = Discriminator(6, 2);
            var student = Draw(3, 4, 6).requires_grad_();
            var (similarity, discrimination) = MealLoss.Of(student, TeacherAnswer.Of(Draw(4, 2, 4, 6)), factor is null ? null : discriminator, factor ?? 0);
            (discrimination is null ? similarity : similarity + discrimination).backward();
            return (student.grad!, discriminator.get_parameter("conv3.bias")!.grad?.clone() ?? zeros(2));
        }

        [Fact]
        public void Reversal_turns_the_part_of_the_discriminator_round()
        {
            using var scope = NewDisposeScope();
            Tensor off = Of(null).Student, joint = Of(1).Student, reversed = Of(-1).Student;
            Assert.False(joint.allclose(off));
            Assert.True((joint - off).allclose(off - reversed, atol: 1e-7));
        }

        [Fact]
        public void At_weight_zero_the_student_learns_as_without_and_the_discriminator_still_learns()
        {
            using var scope = NewDisposeScope();
            var (student, discriminator) = Of(-0.0);
            Assert.True(student.equal(Of(null).Student).all().item<bool>());
            Assert.True(discriminator.equal(Of(1).Discriminator).all().item<bool>());
            Assert.True(discriminator.abs().max().item<float>() > 0);
        }
    }

    public sealed class Trained : IDisposable
    {
        private readonly Model teacher = Teacher();

        private static Model Teacher()
        {
            using var subject = TinySubject.Of(TinySubject.ConvNet, seed: 7);
            new Train { Updates = 60, BatchSize = 16, Optimizer = new Adam { Lr = 0.01 } }.Apply(subject);
            return ModelCopy.Of(subject.Model);
        }

        private Train With(Func<MealV2, MealV2>? change = null, params TrainingMethod[] more)
        {
            var method = new MealV2 { Teachers = [new GivenTeacher(teacher)] };
            return new() { Updates = 40, BatchSize = 16, Optimizer = new Sgd { Lr = 0.1 }, Methods = [change?.Invoke(method) ?? method, .. more] };
        }

        private static byte[] Run(Train train)
        {
            using var subject = TinySubject.Of();
            return TinySubject.Bytes(train.Apply(subject));
        }

        [Fact]
        public void The_student_comes_to_answer_as_its_teacher_without_seeing_a_label()
        {
            using var subject = TinySubject.Of();
            With(more: new Frugal.Training.Methods.ShuffleLabels()).Apply(subject);
            double student = Evaluation.Of(subject.Model, subject.Data.Test).Accuracy, its = Evaluation.Of(teacher, subject.Data.Test).Accuracy;
            Assert.True(its > 0.9 && student > 0.9, $"teacher {its}, student {student}");
        }

        [Fact]
        public void The_teacher_and_its_running_statistics_do_not_move_by_a_bit()
        {
            var before = teacher.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.detach().clone());
            Run(With());
            Assert.All(teacher.state_dict(), pair => Assert.True(pair.Value.equal(before[pair.Key]).all().item<bool>(), pair.Key));
            Assert.All(teacher.parameters(), parameter => Assert.Null(parameter.grad));
        }

        [Fact]
        public void The_same_teacher_twice_teaches_as_once()
        {
            var twice = new MealV2 { Teachers = [new GivenTeacher(teacher), new GivenTeacher(teacher)], Discriminator = DiscriminatorMode.Off };
            using TemporarySubject one = new(With(_ => new() { Teachers = [new GivenTeacher(teacher)], Discriminator = DiscriminatorMode.Off })), two = new(With(_ => twice));
            Assert.All(one.Subject.Model.state_dict().Zip(two.Subject.Model.state_dict()), pair => Assert.True(pair.First.Value.allclose(pair.Second.Value, atol: 1e-4), pair.First.Key));
        }

        [Fact]
        public void Answers_that_were_stored_teach_as_answers_on_demand()
        {
            using TemporarySubject asked = new(With()), stored = new(With(_ => new() { Teachers = [new GivenTeacher(teacher)], Offline = true }));
            Assert.All(asked.Subject.Model.state_dict().Zip(stored.Subject.Model.state_dict()), pair => Assert.True(pair.First.Value.allclose(pair.Second.Value, atol: 1e-4), pair.First.Key));
        }

        [Fact]
        public void Answers_are_not_stored_while_the_images_change()
        {
            var offline = new MealV2 { Teachers = [new GivenTeacher(teacher)], Offline = true };
            Assert.Contains("mix changes the images", Assert.Throws<FrugalException>(() => Run(With(_ => offline, Mix.Cutmix))).Message, StringComparison.Ordinal);
            var augmented = new Train { Updates = 2, BatchSize = 16, Methods = [offline], Augment = [new HorizontalFlip()] };
            Assert.Contains("augment changes the images", Assert.Throws<FrugalException>(() => Run(augmented)).Message, StringComparison.Ordinal);
        }

        [Fact]
        public void Mixed_images_are_shown_to_both()
        {
            using var subject = TinySubject.Of();
            With(more: Mix.Cutmix).Apply(subject);
            Assert.True(Evaluation.Of(subject.Model, subject.Data.Test).Accuracy > 0.8);
        }

        [Theory]
        [InlineData(DiscriminatorMode.Joint)]
        [InlineData(DiscriminatorMode.Reversal)]
        [InlineData(DiscriminatorMode.Off)]
        public void Every_mode_gives_another_student(DiscriminatorMode mode)
        {
            var others = Enum.GetValues<DiscriminatorMode>().Where(other => other != mode);
            byte[] own = Run(With(_ => new() { Teachers = [new GivenTeacher(teacher)], Discriminator = mode }));
            Assert.All(others, other => Assert.False(own.AsSpan().SequenceEqual(Run(With(_ => new() { Teachers = [new GivenTeacher(teacher)], Discriminator = other })))));
        }

        [Fact]
        public void A_teacher_with_other_classes_is_refused_with_both_numbers_and_the_student_is_as_it_was()
        {
            using var subject = TinySubject.Of();
            byte[] before = TinySubject.Bytes(subject);
            using var other = new MlpConfig { HiddenSizes = [8], NumClasses = 3, InChannels = 1, ImageSize = new(6, 6) }.Build();
            var train = new Train { Updates = 2, BatchSize = 16, Methods = [new MealV2 { Teachers = [new GivenTeacher(other)] }] };
            string message = Assert.Throws<FrugalException>(() => train.Apply(subject)).Message;
            Assert.Contains("3 classes", message, StringComparison.Ordinal);
            Assert.Contains("4", message, StringComparison.Ordinal);
            Assert.Equal(before, TinySubject.Bytes(subject));
        }

        [Fact]
        public void No_teacher_at_all_is_refused() => Assert.Throws<ArgumentException>(() => new MealV2 { Teachers = [] });

        [Fact]
        public void Two_methods_that_replace_the_labels_are_refused()
        {
            var rival = new KnowledgeDistillation { Teacher = new GivenTeacher(teacher) };
            Assert.Contains("both claim", Assert.Throws<FrugalException>(() => Run(With(more: rival))).Message, StringComparison.Ordinal);
        }

        public void Dispose() => teacher.Dispose();

        private sealed class TemporarySubject : IDisposable
        {
            public TemporarySubject(Train train) => train.Apply(Subject);

            public Subject Subject { get; } = TinySubject.Of();

            public void Dispose() => Subject.Dispose();
        }
    }
}
