using Frugal.Catalogue;
using Frugal.Compression;
using Frugal.Models;
using Frugal.Models.Runtime;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using static TorchSharp.torch;

namespace Frugal.Wide.Tests.Catalogue;

/// <summary>
/// Every compression method of the catalogue after every other one: the second works, or it is refused with a reason and leaves the model as the first had made it. A new method is in the table by existing.
/// </summary>
public class StackingTests
{
    private static readonly VisionTransformerConfig network = new() { PatchSize = 3, EmbedDim = 16, Depth = 1, NumHeads = 2 };

    /// <summary>Steps that make a model smaller, and training methods that leave one smaller or teach one.</summary>
    private static readonly IReadOnlyList<CatalogueEntry> table =
    [
        .. CatalogueIndex.Default.Of(typeof(Step)).Where(step => step.Type.Namespace!.StartsWith("Frugal.Compression", StringComparison.Ordinal) && step.Capabilities is { ChangesShapes: true } or { PackedForm: not null }),
        .. CatalogueIndex.Default.Of(typeof(TrainingMethod)).Where(method => method.Capabilities is { ChangesShapes: true } or { PackedForm: not null } || method.Name is "distillation" or "meal-v2"),
    ];

    public static TheoryData<string> Firsts => [.. table.Select(entry => entry.ToString())];

    private static Step StepOf(CatalogueEntry entry) => entry.Type.IsAssignableTo(typeof(Step)) ? TinyRuns.Step(entry, ".") : TinyRuns.Train(entry, updates: 1);

    private static Subject Plain() => TinySubject.Of(network, examples: 16, validation: null);

    /// <summary>Null when the step worked, otherwise the reason it gave.</summary>
    private static string? Try(Step step, Subject subject)
    {
        if (step.NeedsWeights && subject.Model is RuntimeModel)
            return "a model made ready for ONNX Runtime has no weights left, as a recipe says";
        byte[] before = TinySubject.Bytes(subject);
        try
        {
            step.Apply(subject);
        }
        catch (FrugalException refusal)
        {
            Assert.Equal(before, TinySubject.Bytes(subject));
            Assert.True(refusal.Message.Length > 20, refusal.Message);
            return refusal.Message;
        }
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        subject.Model.eval();
        var scores = subject.Model.call(zeros([2, .. subject.Model.InputShape]));
        Assert.Equal([2L, subject.Model.NumClasses], scores.shape);
        Assert.True(scores.isfinite().all().item<bool>());
        var size = ModelMeasure.Of(subject.Model, subject.Data.Info);
        Assert.True(size.Bytes > 0 && size.NonZeroParameters <= size.Parameters && size.NonZeroMacs <= size.Macs, size.ToString());
        return null;
    }

    private static void TakeOver(Subject subject, Model model)
    {
        subject.Model.Dispose();
        subject.Model = ModelCopy.Of(model);
    }

    [Theory]
    [MemberData(nameof(Firsts))]
    public void Works_before_every_other_or_that_is_refused_with_a_reason(string name)
    {
        var first = table.Single(entry => entry.ToString() == name);
        using (var alone = Plain())
        {
            if (Try(StepOf(first), alone) is { } reason)
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"{first.Name} by itself: {reason}");
                return;
            }
        }
        using var done = Plain();
        StepOf(first).Apply(done);
        foreach (var second in table)
        {
            using var subject = Plain();
            // A model made ready for a runtime has no weights to copy.
            if (done.Model is RuntimeModel)
                StepOf(first).Apply(subject);
            else
                TakeOver(subject, done.Model);
            string? reason = Try(StepOf(second), subject);
            TestContext.Current.TestOutputHelper?.WriteLine($"{first.Name}, then {second.Name}: {reason ?? "works"}");
        }
    }

    [Theory]
    [InlineData("step low-rank", "step quantize-int8")]
    [InlineData("step channel-pruning", "step quantize-int8")]
    [InlineData("step channel-pruning", "step low-rank")]
    [InlineData("step channel-pruning", "training method distillation")]
    [InlineData("training method ast", "step quantize-int8")]
    [InlineData("training method gradual-pruning", "step pack")]
    [InlineData("step low-rank", "training method gradual-pruning")]
    [InlineData("step monarch", "training method distillation")]
    [InlineData("training method denseshift", "step pack")]
    [InlineData("step compactifai", "step quantize-int8")]
    public void These_work_together(string first, string second)
    {
        using var subject = Plain();
        foreach (string name in new[] { first, second })
            Assert.Null(Try(StepOf(table.Single(entry => entry.ToString() == name)), subject));
    }

    [Fact]
    public void The_table_holds_the_methods_of_the_house()
    {
        string[] names = [.. table.Select(entry => entry.Name)];
        foreach (string method in (string[])["channel-pruning", "low-rank", "monarch", "compactifai", "quantize-int8", "pack", "pela", "snnk", "gradual-pruning", "ast", "denseshift", "lapp", "distillation", "n-of-m-pruning", "rd-pruning", "magnitude-pruning"])
            Assert.Contains(method, names);
    }
}
