using Frugal.Layers.Experts;
using Frugal.Models;
using Frugal.Models.Text;
using Frugal.Recipes;
using Frugal.Tests.Compression.Experts;
using Frugal.Training;
using Frugal.Training.Methods.Experts;
using static TorchSharp.torch;

namespace Frugal.Tests.Training.Methods.Experts;

public class RoutingDistillationTests
{
    private static Subject Cut(out Model dense)
    {
        var subject = ReadMeTests.Subject();
        dense = ModelCopy.Of(subject.Model);
        ReadMeTests.Step.Apply(subject);
        return subject;
    }

    private static RoutingDistillation Method(Model dense, int router, int experts, RoutingTarget target = RoutingTarget.Graded) =>
        new() { Teacher = new GivenTeacher(dense), RouterUpdates = router, ExpertUpdates = experts, RouterLr = 0.01, ExpertLr = 0.01, Target = target };

    private static HashSet<string> Changed(Subject subject, Train train)
    {
        var before = subject.Model.state_dict().ToDictionary(own => own.Key, own => own.Value.clone());
        train.Apply(subject);
        return [.. subject.Model.state_dict().Where(own => !own.Value.equal(before[own.Key]).all().item<bool>()).Select(own => own.Key)];
    }

    [Fact]
    public void The_router_learns_first_and_everything_else_after_it()
    {
        using var scope = NewDisposeScope();
        using var subject = Cut(out var dense);
        using (dense)
        {
            var first = Changed(subject, new Train { Updates = 2, BatchSize = 8, Methods = [Method(dense, 2, 2)] });
            Assert.NotEmpty(first);
            Assert.All(first, name => Assert.StartsWith("router.", name, StringComparison.Ordinal));
            var router = subject.Model.state_dict().Where(own => own.Key.StartsWith("router.", StringComparison.Ordinal)).ToDictionary(own => own.Key, own => own.Value.clone());
            // Of ten updates of 1 + 9, the first is the router's: what it does is known from the same training broken off there.
            var (whole, begun) = (Cut(out var one), Cut(out var other));
            new Train { Updates = 10, BatchSize = 8, Methods = [Method(one, 1, 9)] }.Apply(whole);
            new Train { Updates = 1, BatchSize = 8, Methods = [Method(other, 1, 9)] }.Apply(begun);
            foreach (var (name, weight) in begun.Model.state_dict().Where(own => own.Key.StartsWith("router.", StringComparison.Ordinal)))
                Assert.True(weight.equal(whole.Model.state_dict()[name]).all().item<bool>(), name);
            Assert.False(whole.Model.get_parameter("lm_head.weight")!.equal(begun.Model.get_parameter("lm_head.weight")!).all().item<bool>());
            foreach (var used in new IDisposable[] { whole, begun, one, other })
                used.Dispose();
        }
    }

    [Theory]
    [InlineData(RoutingTarget.Graded)]
    [InlineData(RoutingTarget.Overlap)]
    public void The_router_comes_to_follow_the_dense_network(RoutingTarget target)
    {
        using var scope = NewDisposeScope();
        using var subject = Cut(out var dense);
        using (dense)
        {
            double Loss(int updates)
            {
                new Train { Updates = updates, BatchSize = 8, Methods = [Method(dense, updates, 0, target)] }.Apply(subject);
                return subject.Metrics[Metric.TrainingLoss]!.Value;
            }
            double first = Loss(1);
            Loss(60);
            Assert.True(Loss(1) < first);
        }
    }

    [Fact]
    public void A_model_that_was_not_cut_and_a_teacher_that_was_are_refused()
    {
        using var plain = ReadMeTests.Subject();
        using var subject = Cut(out var dense);
        using (dense)
        {
            Assert.Contains("read-me", Assert.Throws<FrugalException>(() => new Train { Updates = 1, BatchSize = 8, Methods = [Method(dense, 1, 1)] }.Apply(plain)).Message, StringComparison.Ordinal);
            using var cut = ModelCopy.Of(subject.Model);
            Assert.Contains("before read-me", Assert.Throws<FrugalException>(() => new Train { Updates = 1, BatchSize = 8, Methods = [Method(cut, 1, 1)] }.Apply(subject)).Message, StringComparison.Ordinal);
        }
    }
}
