using Frugal.Interop;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Training;

/// <summary>T26: a number that is not finite stops training at its update, or is left out where that was asked for.</summary>
public class NonFiniteTests
{
    private static Train With(Hooks method, NonFiniteAction action = NonFiniteAction.Stop) =>
        new() { Epochs = 2, BatchSize = 16, Optimizer = new AdamW { Lr = 0.01 }, OnNonFinite = action, Methods = [method] };

    private static Hooks Poison(string where, long at, double value)
    {
        long update = -1;
        return where switch
        {
            "input" => new Hooks { Batch = fit => update = fit.Update, Inputs = inputs => update == at ? Spoilt(inputs, value) : inputs },
            "loss" => new Hooks { Loss = (fit, loss) => fit.Update == at ? loss * value : loss },
            "gradient" => new Hooks { Gradients = fit => { if (fit.Update == at) Spoil(Parameter(fit, "layers.fc1.weight").grad!, value); } },
            "weight" => new Hooks { Before = fit => { if (fit.Update == at) Spoil(Parameter(fit, "head.bias"), value); } },
            _ => new Hooks { Before = fit => { if (fit.Update == at) Spoil(fit.Optimizer.Tensors["exp_avg.head.bias"], value); } },
        };
    }

    private static Tensor Parameter(Fit fit, string name) => fit.Subject.Model.named_parameters().Single(parameter => parameter.name == name).parameter;

    private static Tensor Spoilt(Tensor tensor, double value)
    {
        var copy = tensor.clone();
        Spoil(copy, value);
        return copy;
    }

    private static void Spoil(Tensor tensor, double value)
    {
        using var frozen = no_grad();
        tensor.view(-1)[0].fill_(value);
    }

    [Theory]
    [Trait("Reliability", "T26")]
    [InlineData("input", 0, double.NaN)]
    [InlineData("input", 5, double.PositiveInfinity)]
    [InlineData("loss", 0, double.NaN)]
    [InlineData("loss", 1, double.PositiveInfinity)]
    [InlineData("gradient", 0, double.NaN)]
    [InlineData("gradient", 5, double.NegativeInfinity)]
    [InlineData("weight", 1, double.NaN)]
    [InlineData("optimiser", 1, double.NaN)]
    [InlineData("optimiser", 5, double.PositiveInfinity)]
    public void Stops_at_its_update_and_keeps_a_crash_checkpoint(string where, long at, double value)
    {
        using var folder = new TemporaryFolder();
        using var subject = TinySubject.Of(folder: folder.Path);
        byte[] before = TinySubject.Bytes(subject);
        var error = Assert.Throws<NonFiniteException>(() => With(Poison(where, at, value)).Apply(subject));
        Assert.Equal(at, error.Update);
        Assert.Contains($"update {at} ", error.Message, StringComparison.Ordinal);
        Assert.Contains("Examples of the batch: ", error.Message, StringComparison.Ordinal);
        var crash = CheckpointFolder.LatestComplete(Path.Combine(folder.Path, "crash")).Latest!;
        Assert.Equal(at, crash.Step);
        using var weights = SafetensorsFile.Open(crash.File("model.safetensors"));
        Assert.Equal(subject.Model.state_dict().Count, weights.Names.Count);
        Assert.Contains(crash.Path, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, TinySubject.Bytes(subject));
    }

    [Fact]
    public void Names_the_first_layer_and_the_first_parameter()
    {
        using var subject = TinySubject.Of();
        var spoiling = new Hooks { AfterUpdate = fit => { if (fit.Update == 2) Spoil(Parameter(fit, "layers.fc1.bias"), double.NaN); } };
        var error = Assert.Throws<NonFiniteException>(() => With(spoiling).Apply(subject));
        Assert.Equal("layers.fc1.bias", error.Parameter);
        Assert.Equal("layers.fc1", error.Layer);
    }

    [Theory]
    [InlineData("input")]
    [InlineData("loss")]
    [InlineData("gradient")]
    public void Skipping_leaves_the_update_out_and_counts_it(string where)
    {
        var notes = new Recording();
        using var subject = TinySubject.Of(TinySubject.ConvNet, observer: notes);
        var poison = where == "gradient"
            ? new Hooks { Gradients = fit => { if (fit.Update == 3) Spoil(Parameter(fit, "fc.weight").grad!, double.NaN); } }
            : Poison(where, 3, double.NaN);
        With(poison, NonFiniteAction.Skip).Apply(subject);
        Assert.All(subject.Model.state_dict().Values, value => Assert.True(!value.is_floating_point() || value.isfinite().all().item<bool>()));
        Assert.Contains(notes.Events, happened => happened is RunEvent.Note { Text: var text } && text.StartsWith("1 of 8 updates were left out", StringComparison.Ordinal));
    }

    [Fact]
    public void An_epoch_without_any_update_is_an_error()
    {
        using var subject = TinySubject.Of();
        Assert.Contains("Every update of epoch 1", Assert.Throws<FrugalException>(() => With(new Hooks { Loss = (_, loss) => loss * double.NaN }, NonFiniteAction.Skip).Apply(subject)).Message, StringComparison.Ordinal);
    }
}
