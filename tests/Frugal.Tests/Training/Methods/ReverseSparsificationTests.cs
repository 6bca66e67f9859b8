using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods.Factorization;
using TorchSharp.Modules;

namespace Frugal.Tests.Training.Methods;

public class ReverseSparsificationTests
{
    private static readonly MlpConfig mlp = new() { HiddenSizes = [24, 24] };

    private static int MonarchLayers(Subject subject) => LayerSelection.All.Of<MonarchLinear>(subject.Model).Count;

    [Fact]
    public void Layers_are_Monarch_until_the_share_of_the_updates_and_dense_afterwards()
    {
        using var subject = TinySubject.Of(mlp);
        var counts = new List<int>();
        var watch = new Hooks { Before = fit => counts.Add(MonarchLayers(fit.Subject)) };
        new Train { Updates = 10, BatchSize = 16, Methods = [new ReverseSparsification { Until = 0.6 }, watch] }.Apply(subject);
        Assert.Equal([2, 2, 2, 2, 2, 2, 0, 0, 0, 0], counts);
        Assert.IsType<Linear>(ModuleSurgery.Find(subject.Model, "layers.fc1"));
    }

    [Fact]
    public void Becoming_dense_changes_no_output()
    {
        using var subject = TinySubject.Of(mlp);
        float[]? before = null, after = null;
        var hooks = new Hooks
        {
            Acts = Phase.Data, // before the method's own phase: sees the layers as they were
            AfterUpdate = fit => { if (fit.Update == 5) before = Outputs(fit.Subject); },
            Before = fit => { if (fit.Update == 6) after = Outputs(fit.Subject); },
        };
        new Train { Updates = 8, BatchSize = 16, Methods = [new ReverseSparsification { Until = Duration.Batches(6) }, hooks] }.Apply(subject);
        Assert.All(before!.Zip(after!), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    [Fact]
    public void Training_that_fails_leaves_the_model_as_it_was_before_and_after_the_change()
    {
        foreach (long update in new[] { 2, 8 })
        {
            using var subject = TinySubject.Of(mlp);
            byte[] before = TinySubject.Bytes(subject);
            var failing = new Hooks { Before = fit => { if (fit.Update == update) throw new FrugalException("no more"); } };
            Assert.Throws<FrugalException>(() => new Train { Updates = 10, BatchSize = 16, Methods = [new ReverseSparsification { Until = 0.5 }, failing] }.Apply(subject));
            Assert.Equal(before, TinySubject.Bytes(subject));
        }
    }

    private static float[] Outputs(Subject subject)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var mode = TorchSharp.torch.no_grad();
        subject.Model.eval();
        float[] outputs = subject.Model.call(TorchSharp.torch.ones([2, .. subject.Model.InputShape])).data<float>().ToArray();
        subject.Model.train();
        return outputs;
    }
}
