using Frugal.Data;
using Frugal.Layers;
using Frugal.Models;
using Frugal.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Cells;

/// <summary>
/// A second classifier two thirds of the way up, whose loss is added in training and which is thrown away afterwards (Szegedy et al. 2015; as in DARTS): pooling to 2x2, 1x1 convolution to 128 channels,
/// 2x2 convolution to 768, and a linear layer. It learns on over the trainings of one network; whoever makes it disposes it.
/// </summary>
/// <param name="path">Path of the layer whose output it classifies.</param>
/// <param name="weight">Factor on its loss.</param>
internal sealed class AuxiliaryHead(string path, double weight) : TrainingMethod, IDisposable
{
    private const int Squeezed = 128, Hidden = 768;
    private Module<Tensor, Tensor>? head;
    private LayerOutputs? outputs;

    public override Phase Phase => Phase.Loss;

    public override void OnFitStart(Fit fit)
    {
        var model = fit.Subject.Model;
        outputs = new LayerOutputs(model, [path]);
        head ??= Build(model, fit);
        head.train();
        fit.Adopt("auxiliary", head);
    }

    public override void OnLoss(Fit fit, ref Tensor loss)
    {
        using var scope = NewDisposeScope();
        var logits = head!.call(outputs!.Take(scope)[0]);
        var rows = TargetRows.Of(fit.Subject.Data.Info.Targets, logits, fit.Part.Targets);
        loss = (loss + fit.Options.Objective.Loss(rows.Logits, rows.Targets) * weight).MoveToOuterDisposeScope();
    }

    public override void Release()
    {
        outputs?.Dispose();
        outputs = null;
    }

    public override MethodState Save() => MethodState.Of(head!);

    public override void Load(MethodState state) => state.CopyTo(head!);

    public void Dispose() => head?.Dispose();

    private Module<Tensor, Tensor> Build(Model model, Fit fit)
    {
        using var scope = NewDisposeScope();
        using var generator = fit.TorchRandomAt("auxiliary-head");
        Tensor features;
        using (no_grad())
        {
            bool wasTraining = model.training;
            model.eval();
            model.call(model.Example(2, fit.Subject.Device));
            model.train(wasTraining);
            features = outputs!.Take(scope)[0];
        }
        // DARTS pools its 8x8 places by windows of 5 and steps of 3.
        var pool = features.shape[2] == 8 && features.shape[3] == 8 ? (Module<Tensor, Tensor>)AvgPool2d(5, 3, 0, count_include_pad: false) : AdaptiveAvgPool2d(2);
        var made = Sequential(
            ReLU(), pool, Conv2d(features.shape[1], Squeezed, 1, bias: false), BatchNorm2d(Squeezed), ReLU(), Conv2d(Squeezed, Hidden, 2, bias: false), BatchNorm2d(Hidden), ReLU(),
            Flatten(), Linear(Hidden, model.NumClasses));
        FreshWeights.Draw(made, generator);
        foreach (var tensor in made.parameters().Concat(made.buffers()))
            tensor.DetachFromDisposeScope();
        return made.to(fit.Subject.Device);
    }
}
