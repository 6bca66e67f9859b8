using Frugal.Compression;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods.Distillation;
using Frugal.Training.Methods.Pruning;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Training.Methods.Distillation;

public sealed class KnowledgeDistillationTests : IDisposable
{
    private static readonly ModelConfig narrow = new ConvNetConfig { Channels = [6, 6] }, wide = new ConvNetConfig { Channels = [10, 12] };
    private static readonly ModelConfig vit = new VisionTransformerConfig { PatchSize = 3, EmbedDim = 16, Depth = 2, NumHeads = 2 };
    private readonly Model teacher = Trained(wide, updates: 60);

    private static Model Trained(ModelConfig config, int updates)
    {
        using var subject = TinySubject.Of(config, seed: 3);
        new Train { Updates = updates, BatchSize = 16, Optimizer = new Adam { Lr = 0.01 } }.Apply(subject);
        return ModelCopy.Of(subject.Model);
    }

    private static Train With(Teacher teacher, double hardWeight = 0, int updates = 40, params DistillationTerm[] terms) => new()
    {
        Updates = updates,
        BatchSize = 16,
        Optimizer = new Adam { Lr = 0.01 },
        Methods = [new KnowledgeDistillation { Teacher = teacher, HardWeight = hardWeight, Terms = terms.Length > 0 ? terms : [new LogitTerm()] }],
    };

    private static string Refusal(Train train, ModelConfig? student = null)
    {
        using var subject = TinySubject.Of(student ?? narrow);
        byte[] before = TinySubject.Bytes(subject);
        string message = Assert.Throws<FrugalException>(() => train.Apply(subject)).Message;
        Assert.Equal(before, TinySubject.Bytes(subject));
        return message;
    }

    // How far the student's blocks are from the teacher's by the term's own measure, untrained adapters and all left aside.
    private static double Distance(Model student, Model teacher, DistillationTerm term)
    {
        using var scope = NewDisposeScope();
        using var subject = TinySubject.Of(narrow);
        using var frozen = new FrozenModel(teacher, isOwned: false);
        using var generator = new Generator(1);
        var own = new Subject { Model = student, Data = subject.Data, Random = subject.Random };
        using var observed = new ObservedTerm(term, own, frozen, generator);
        using var mode = no_grad();
        student.eval();
        var inputs = new Frugal.Data.Loader(subject.Data.Train, 64, subject.Random).Epoch(0).First().Inputs;
        return observed.Loss(student.call(inputs), frozen.Ask(inputs)).item<float>();
    }

    [Fact]
    public void Logits_alone_teach_what_the_teacher_knows()
    {
        using var subject = TinySubject.Of(narrow);
        With(new GivenTeacher(teacher)).Apply(subject);
        Assert.True(Evaluation.Of(subject.Model, subject.Data.Test).Accuracy > 0.9);
    }

    [Theory]
    [InlineData(DistillationDistance.Kl)]
    [InlineData(DistillationDistance.Mse)]
    public void Every_distance_of_logits_shrinks(DistillationDistance distance)
    {
        var term = new LogitTerm { Distance = distance };
        using var subject = TinySubject.Of(narrow);
        double before = Distance(subject.Model, teacher, term);
        With(new GivenTeacher(teacher), terms: term).Apply(subject);
        Assert.True(Distance(subject.Model, teacher, term) < 0.5 * before);
    }

    [Fact]
    public void Attention_comes_nearer_though_the_widths_differ()
    {
        var term = new AttentionTerm { Layers = ["stages.act?"] };
        using var subject = TinySubject.Of(narrow);
        double before = Distance(subject.Model, teacher, term);
        With(new GivenTeacher(teacher), terms: term).Apply(subject);
        Assert.True(Distance(subject.Model, teacher, term) < 0.7 * before);
    }

    [Fact]
    public void Features_of_equal_width_come_nearer()
    {
        var term = new FeatureTerm();
        using var subject = TinySubject.Of(wide);
        double before = Distance(subject.Model, teacher, term);
        With(new GivenTeacher(teacher), terms: term).Apply(subject);
        Assert.True(Distance(subject.Model, teacher, term) < 0.7 * before);
    }

    [Fact]
    public void Features_of_other_widths_are_brought_to_the_teachers_by_adapters_that_train_and_leave_no_trace()
    {
        using TemporaryFolder whole = new(), stopped = new();
        using var subject = TinySubject.Of(narrow, folder: whole.Path);
        var names = subject.Model.state_dict().Keys.ToList();
        Train Train() => With(new GivenTeacher(teacher), updates: 6, terms: new FeatureTerm());
        Train().Apply(subject);
        Assert.Equal(names, subject.Model.state_dict().Keys);

        // The adapters are trained: a run that goes on from a checkpoint must have them as they were.
        using (var cancel = new CancellationTokenSource())
        using (var first = TinySubject.Of(narrow, folder: stopped.Path, cancel: cancel))
        {
            var train = Train();
            var stop = new Hooks { AfterUpdate = fit => { if (fit.Update == 2) cancel.Cancel(); } };
            Assert.Throws<OperationCanceledException>(() => Again(train, stop).Apply(first));
        }
        using var resumed = TinySubject.Of(narrow, folder: stopped.Path);
        Again(Train(), new Hooks()).Apply(resumed);
        Assert.Equal(TinySubject.Bytes(subject), TinySubject.Bytes(resumed));

        static Train Again(Train train, TrainingMethod more) =>
            new() { Updates = train.Updates, BatchSize = train.BatchSize, Optimizer = train.Optimizer, Methods = [.. train.Methods, more] };
    }

    [Fact]
    public void Blocks_of_a_transformer_are_compared_by_features_and_by_tokens()
    {
        using var other = Trained(vit, updates: 10);
        using var subject = TinySubject.Of(vit);
        foreach (DistillationTerm term in new DistillationTerm[] { new FeatureTerm(), new AttentionTerm() })
            Assert.Equal(["blocks.0", "blocks.1"], term.Pairs(subject.Model, other).Select(pair => pair.Student));
        With(new GivenTeacher(other), terms: [new FeatureTerm(), new AttentionTerm(), new LogitTerm()]).Apply(subject);
        Assert.True(subject.Curve.Count > 0);
    }

    [Fact]
    public void All_terms_are_zero_where_student_and_teacher_are_the_same()
    {
        using var copy = ModelCopy.Of(teacher);
        foreach (DistillationTerm term in new DistillationTerm[] { new LogitTerm(), new LogitTerm { Distance = DistillationDistance.Mse }, new FeatureTerm(), new AttentionTerm() })
            Assert.Equal(0, Distance(copy, teacher, term), 1e-6);
    }

    [Fact]
    public void A_pruned_network_learns_from_itself_as_it_was_before()
    {
        using var subject = TinySubject.Of(wide);
        new Train { Updates = 60, BatchSize = 16, Optimizer = new Adam { Lr = 0.01 } }.Apply(subject);
        var prune = new Train
        {
            Updates = 40,
            BatchSize = 16,
            Optimizer = new Adam { Lr = 0.003 },
            Methods = [new KnowledgeDistillation { Teacher = new TeacherBefore() }, new GradualPruning { FinalSparsity = 0.6, Interval = Duration.Batches(4) }],
        };
        prune.Apply(subject);
        Assert.True(Evaluation.Of(subject.Model, subject.Data.Test).Accuracy > 0.8);
    }

    [Fact]
    public void A_factorized_network_learns_from_the_dense_one()
    {
        using var subject = TinySubject.Of(new MlpConfig { HiddenSizes = [32, 32] });
        using var dense = ModelCopy.Of(subject.Model);
        new LowRankFactorization { Rank = 4 }.Apply(subject);
        With(new GivenTeacher(dense), terms: new FeatureTerm()).Apply(subject);
        Assert.Contains(subject.Model.named_modules(), module => module.module is Frugal.Layers.LowRankLinear);
    }

    [Fact]
    public void Accumulated_parts_teach_as_the_whole_batch()
    {
        byte[] Bytes(int parts)
        {
            using var subject = TinySubject.Of(new MlpConfig { HiddenSizes = [16] });
            using var other = TinySubject.Of(new MlpConfig { HiddenSizes = [24] }, seed: 4);
            var train = With(new GivenTeacher(other.Model), updates: 1, terms: [new LogitTerm(), new FeatureTerm { Layers = ["layers.act1"] }]);
            new Train { Updates = 1, BatchSize = 16, Accumulation = parts, Optimizer = new Sgd { Lr = 0.1 }, Methods = train.Methods }.Apply(subject);
            return TinySubject.Bytes(subject);
        }

        var whole = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(Bytes(1)).ToArray();
        var parts = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(Bytes(4)).ToArray();
        Assert.All(whole.Zip(parts), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Fact]
    public void Bad_pairs_are_refused_with_layers_and_shapes()
    {
        string shapes = Refusal(With(new GivenTeacher(teacher), terms: new FeatureTerm { Layers = ["stages.act1"], TeacherLayers = ["stages.act2"] }));
        Assert.Contains("'stages.act1' gives out [batch, 6, 6, 6] and the teacher's 'stages.act2' [batch, 12, 3, 3]", shapes, StringComparison.Ordinal);
        string attention = Refusal(With(new GivenTeacher(teacher), terms: new AttentionTerm { Layers = ["fc"] }));
        Assert.Contains("'fc' gives out [batch, 4]", attention, StringComparison.Ordinal);
        Assert.Contains("do not pair off", Refusal(With(new GivenTeacher(teacher), terms: new FeatureTerm { Layers = ["stages.act1"], TeacherLayers = ["stages.act?"] })), StringComparison.Ordinal);
        Assert.Contains("'nowhere' matches no", Refusal(With(new GivenTeacher(teacher), terms: new FeatureTerm { Layers = ["nowhere"] })), StringComparison.Ordinal);
    }

    [Fact]
    public void A_teacher_that_does_not_fit_is_refused()
    {
        using var otherImages = new MlpConfig { HiddenSizes = [8], NumClasses = 4, InChannels = 1, ImageSize = new(8, 8) }.Build();
        Assert.Contains("[1, 8, 8]", Refusal(With(new GivenTeacher(otherImages))), StringComparison.Ordinal);
        using var subject = TinySubject.Of(narrow);
        Assert.Contains("itself", Assert.Throws<FrugalException>(() => With(new GivenTeacher(subject.Model)).Apply(subject)).Message, StringComparison.Ordinal);
        Assert.Contains("nowhere", Refusal(With(new TeacherFolder { Path = "nowhere" })), StringComparison.Ordinal);
        Assert.Contains("only a study has arms", Refusal(With(new TeacherArm { Name = "big" })), StringComparison.Ordinal);
        Assert.Contains("only a recipe keeps it", Refusal(With(new TeacherBefore { Step = "low-rank" })), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_method_may_train_again()
    {
        using var subject = TinySubject.Of(narrow);
        var train = With(new GivenTeacher(teacher), updates: 2, terms: new FeatureTerm());
        train.Apply(subject);
        train.Apply(subject);
        Assert.Equal(4, subject.Metrics[Metric.TrainingUpdates]);
    }

    public void Dispose() => teacher.Dispose();
}
