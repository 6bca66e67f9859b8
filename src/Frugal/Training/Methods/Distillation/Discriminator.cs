using Frugal.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Methods.Distillation;

/// <summary>
/// Tells a student's logits from its teachers': three linear layers, each followed by a ReLU, also the last, <c>[batch, classes]</c> to <c>[batch, 2]</c>. Weight names as in the authors' code:
/// <c>conv1</c>, <c>conv2</c>, <c>conv3</c>, which are convolutions over a single position there.
/// </summary>
public sealed class Discriminator : Module<Tensor, Tensor>
{
    private readonly Linear conv1, conv2, conv3;

    /// <param name="numClasses">Width of the logits.</param>
    /// <param name="reduction">Each hidden layer is this many times narrower than the one before, rounded down.</param>
    /// <param name="generator">Where the weights come from.</param>
    /// <exception cref="FrugalException">The reduction leaves a layer without a unit.</exception>
    public Discriminator(int numClasses, int reduction, Generator generator) : base(nameof(Discriminator))
    {
        int wide = numClasses / reduction, narrow = wide / reduction;
        if (narrow < 1)
            throw new FrugalException(
                $"A discriminator with reduction {reduction} would have layers of {wide} and {narrow} units for {numClasses} classes; the reduction must be between 1 and {LargestReduction(numClasses)}.");
        conv1 = DenseLayer.Fresh(numClasses, wide, generator);
        conv2 = DenseLayer.Fresh(wide, narrow, generator);
        conv3 = DenseLayer.Fresh(narrow, 2, generator);
        RegisterComponents();
    }

    /// <summary>The largest reduction that leaves every layer a unit.</summary>
    public static int LargestReduction(int numClasses) => (int)Math.Sqrt(numClasses);

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var hidden = functional.relu(conv2.call(functional.relu(conv1.call(input))));
        return functional.relu(conv3.call(hidden)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Mean over all 2·batch·2 outputs of the binary cross entropy that calls the student's rows (1, 0) and the teachers' (0, 1).
    /// </summary>
    /// <param name="studentLogits"><c>[batch, classes]</c>.</param>
    /// <param name="meanLogits">Mean of the teachers' logits, <c>[batch, classes]</c>.</param>
    public Tensor Loss(Tensor studentLogits, Tensor meanLogits)
    {
        ArgumentNullException.ThrowIfNull(studentLogits);
        using var scope = NewDisposeScope();
        var judged = call(cat([studentLogits, meanLogits], 0));
        return functional.binary_cross_entropy_with_logits(judged, Targets(studentLogits.shape[0], judged)).MoveToOuterDisposeScope();
    }

    private static Tensor Targets(long count, Tensor like)
    {
        var targets = zeros_like(like, requires_grad: false);
        targets.narrow(0, 0, count).select(1, 0).fill_(1);
        targets.narrow(0, count, count).select(1, 1).fill_(1);
        return targets;
    }
}
