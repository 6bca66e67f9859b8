using Frugal.Layers;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods;
using Frugal.Training.Methods.Pruning;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Training.Methods.Pruning;

public class ScorePruningTests
{
    private static readonly ModelConfig convnet = new ConvNetConfig { Channels = [8, 16] };

    private static Train With(ScorePruning method, int updates = 6, params TrainingMethod[] more) =>
        new() { Updates = updates, BatchSize = 16, Optimizer = new Sgd { Lr = 0.1 }, Methods = [method, .. more] };

    private static Dictionary<string, Tensor> Copies(Model model) => model.named_parameters().ToDictionary(parameter => parameter.name, parameter => parameter.parameter.detach().clone());

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.3)]
    public void Leaves_ordinary_layers_with_so_many_weights_each_all_as_they_were(double keep)
    {
        using var scope = NewDisposeScope();
        using var subject = TinySubject.Of(convnet);
        var before = Copies(subject.Model);
        With(new ScorePruning { KeepShare = keep }).Apply(subject);
        Assert.DoesNotContain(subject.Model.modules(), module => module is IScoredLayer);
        foreach (var (name, parameter) in subject.Model.named_parameters())
        {
            var kept = parameter.detach().ne(0);
            if (parameter.dim() > 1)
                Assert.Equal(PopupScores.NumKept(parameter.numel(), keep), kept.sum().item<long>());
            Assert.True(parameter.dim() == 1 ? parameter.equal(before[name]).all().item<bool>() : parameter.masked_select(kept).equal(before[name].masked_select(kept)).all().item<bool>(), name);
            Assert.True(parameter.requires_grad);
        }
    }

    [Fact]
    public void Learns_a_better_mask_than_that_of_the_largest_weights()
    {
        static double Loss(Subject subject) => Evaluation.Of(subject.Model, subject.Data.Train).Loss;
        double Pruned(int updates)
        {
            using var subject = TinySubject.Of(new ConvNetConfig { Channels = [8, 16], HasNorm = false });
            new Train { Updates = 40, BatchSize = 16, Optimizer = new Adam { Lr = 0.01 } }.Apply(subject);
            if (updates == 0)
                new Frugal.Compression.Pruning.MagnitudePruning { Sparsity = 0.8 }.Apply(subject);
            else
                With(new ScorePruning { KeepShare = 0.2 }, updates).Apply(subject);
            return Loss(subject);
        }

        Assert.True(Pruned(100) < Pruned(0));
    }

    [Fact]
    public void Random_scores_begin_elsewhere_and_follow_from_the_seed()
    {
        byte[] Bytes(bool fromWeights, long seed = 0)
        {
            using var subject = TinySubject.Of(convnet, seed: seed);
            With(new ScorePruning { KeepShare = 0.2, StartsFromWeights = fromWeights }, updates: 1).Apply(subject);
            return TinySubject.Bytes(subject);
        }

        Assert.Equal(Bytes(false), Bytes(false));
        Assert.NotEqual(Bytes(false), Bytes(true));
    }

    [Fact]
    public void Patterns_choose_and_a_network_without_layers_to_prune_is_refused()
    {
        using var subject = TinySubject.Of(convnet);
        With(new ScorePruning { KeepShare = 0.1, Include = ["stages.*"] }).Apply(subject);
        Assert.True(subject.Model.get_parameter("fc.weight")!.ne(0).all().item<bool>());
        byte[] before = TinySubject.Bytes(subject);
        Assert.Throws<FrugalException>(() => With(new ScorePruning { Include = ["nothing*"] }).Apply(subject));
        Assert.Throws<FrugalException>(() => With(new ScorePruning(), 6, new Freeze { Include = ["fc.*"] }).Apply(subject));
        Assert.Throws<FrugalException>(() => With(new ScorePruning(), 6, new Hooks { AfterUpdate = fit => throw new FrugalException("stop here") }).Apply(subject));
        Assert.Equal(before, TinySubject.Bytes(subject));
        Assert.DoesNotContain(subject.Model.modules(), module => module is IScoredLayer);
        Assert.Equal("KeepShare", Assert.Throws<ArgumentOutOfRangeException>(() => new ScorePruning { KeepShare = 0 }).ParamName);
    }
}
