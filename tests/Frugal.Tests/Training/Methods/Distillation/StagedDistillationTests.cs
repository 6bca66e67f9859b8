using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods.Distillation;
using Frugal.Training.Optimizers;
using static TorchSharp.torch;

namespace Frugal.Tests.Training.Methods.Distillation;

public sealed class StagedDistillationTests : IDisposable
{
    private readonly Subject other = TinySubject.Of(seed: 3);

    public void Dispose() => other.Dispose();

    private byte[] Trained(Duration? until, int asked, double weight = 1)
    {
        using var subject = TinySubject.Of();
        int calls = 0;
        var hook = other.Model.register_forward_hook((_, _, output) =>
        {
            calls++;
            return output;
        });
        new Train
        {
            Updates = 6,
            BatchSize = 16,
            Optimizer = new Adam { Lr = 0.01 },
            Methods = until is { } end ? [new StagedDistillation { Teacher = new GivenTeacher(other.Model), Until = end, Weight = weight }] : [],
        }.Apply(subject);
        hook.remove();
        Assert.Equal(asked, calls);
        return TinySubject.Bytes(subject);
    }

    [Fact]
    public void The_teacher_counts_until_then_and_is_not_asked_afterwards()
    {
        byte[] plain = Trained(null, 0);
        Assert.True(plain.AsSpan().SequenceEqual(Trained(0, 0)), "stopped before it began");
        Assert.False(plain.AsSpan().SequenceEqual(Trained(0.5, 3)));
        Assert.False(Trained(0.5, 3).AsSpan().SequenceEqual(Trained(1, 6)));
        Assert.True(plain.AsSpan().SequenceEqual(Trained(1, 6, weight: 0)), "a weight of 0");
    }

    [Fact]
    public void A_student_that_says_what_its_teacher_says_feels_nothing()
    {
        using var scope = NewDisposeScope();
        var teacher = randn([2, 5, 7], dtype: float64);
        var student = teacher.clone().requires_grad_();
        var loss = DistillationMath.Divergence(student, teacher, 2);
        loss.backward();
        Assert.Equal(0, loss.item<double>(), 12);
        Assert.Equal(0, student.grad!.abs().max().item<double>(), 12);
    }

    [Fact]
    public void Bad_options_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new StagedDistillation { Teacher = new GivenTeacher(other.Model), Temperature = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new StagedDistillation { Teacher = new GivenTeacher(other.Model), Weight = -1 });
    }
}
