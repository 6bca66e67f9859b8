using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;
using Frugal.Data;
using Frugal.Models;
using Frugal.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Recipes;

public class TeacherTests
{
    private const string Steps = """
        - train: { updates: 4, batch-size: 50 }
        - low-rank: { rank: 8 }
        - low-rank-to-dense
        - train: { updates: 4, batch-size: 50, methods: [ distillation: { teacher: { before: low-rank }, terms: [ logits, features ] } ] }
        """;

    private static RecipeRun Run(string steps, string? folder = null, CancellationTokenSource? cancel = null, IProgress<RunEvent>? observer = null)
    {
        var data = new Digits { Train = 100, Validation = 0, Test = 50 };
        var recipe = $"data: {{ digits: {{ train: 100, validation: 0, test: 50 }} }}\nmodel: {{ mlp: {{ hidden-sizes: [ 24, 24 ] }} }}\nsteps:\n{steps}";
        return new()
        {
            Recipe = new Binder(CatalogueIndex.Default).Bind<Recipe>(YamlReader.Parse(recipe, "recipe.yaml")),
            Data = data.Load(null),
            Seed = 1,
            Folder = folder,
            Cancellation = cancel?.Token ?? CancellationToken.None,
            Observer = observer,
        };
    }

    public class BeforeAStep
    {
        [Fact]
        public void Is_kept_in_memory_as_on_disk()
        {
            using var folder = new TemporaryFolder();
            using Subject memory = Run(Steps).Execute(), disk = Run(Steps, folder.Path).Execute();
            Assert.Equal(TinySubject.Bytes(memory), TinySubject.Bytes(disk));
        }

        [Fact]
        public void Is_there_when_another_process_goes_on()
        {
            using TemporaryFolder straight = new(), stopped = new();
            using var cancel = new CancellationTokenSource();
            var stop = new Watch(happened => { if (happened is RunEvent.StepFinished { Report.Step: "low-rank" }) cancel.Cancel(); });
            Assert.Throws<OperationCanceledException>(() => Run(Steps, stopped.Path, cancel, stop).Execute().Dispose());
            using Subject whole = Run(Steps, straight.Path).Execute(), resumed = Run(Steps, stopped.Path).Execute();
            Assert.Equal(TinySubject.Bytes(whole), TinySubject.Bytes(resumed));
        }

        [Fact]
        public void A_step_that_never_was_is_refused_with_those_there_were()
        {
            string steps = Steps.Replace("{ before: low-rank }", "{ before: monarch }", StringComparison.Ordinal);
            string message = Assert.Throws<FrugalException>(() => Run(steps).Execute().Dispose()).Message;
            Assert.Contains("before the step 'monarch'", message, StringComparison.Ordinal);
            Assert.Contains("train, low-rank, low-rank-to-dense", message, StringComparison.Ordinal);
        }
    }

    public class Copies
    {
        [Fact]
        public void A_copy_computes_the_same_and_does_not_change_with_the_original()
        {
            using var subject = Run(Steps).Execute();
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            using var copy = ModelCopy.Of(subject.Model);
            var inputs = rand(3, 1, 28, 28);
            var before = subject.Model.call(inputs);
            Assert.True(copy.call(inputs).equal(before).all().item<bool>());
            foreach (var parameter in subject.Model.parameters())
                parameter.zero_();
            Assert.True(copy.call(inputs).equal(before).all().item<bool>());
        }

        [Fact]
        public void Making_one_does_not_move_the_random_stream()
        {
            using var subject = TinySubject.Of();
            manual_seed(5).Dispose();
            using var expected = rand(4);
            manual_seed(5).Dispose();
            using var copy = ModelCopy.Of(subject.Model);
            using var drawn = rand(4);
            Assert.True(drawn.equal(expected).all().item<bool>());
        }
    }

    private sealed class Watch(Action<RunEvent> told) : IProgress<RunEvent>
    {
        public void Report(RunEvent value) => told(value);
    }
}
