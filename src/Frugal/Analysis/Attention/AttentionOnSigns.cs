using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Native;
using Frugal.Recipes;
using Frugal.Training.Optimizers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Adam = Frugal.Training.Optimizers.Adam;

namespace Frugal.Analysis;

/// <summary>
/// Trains attention on signs to give what attention in floating point gives, with or without maps for what signs lose, on sequences some of whose tokens stand out (Xing et al. 2024, BiPFT). The model stays as it is: the
/// question is about attention as such.
/// </summary>
/// <remarks>Measures <c>attention-error</c>, the mean squared error on sequences that it was not trained on over their variance.</remarks>
[Entry("attention-on-signs", Paper = "bipft")]
public sealed class AttentionOnSigns : Step
{
    private const int Training = 2000, Test = 500, Tokens = 12, Dim = 32, NumHeads = 2, NumCauses = 8, BatchSize = 32;

    /// <summary>Rank ρ of the maps that stand for what signs lose; 0 for none.</summary>
    [Range(0, 32)]
    [Shorthand]
    public int EstimatorRank { get; init => field = Guard.Between(value, 0, 32); } = 1;

    /// <summary>Passes over the 2,000 training sequences.</summary>
    [Range(1, 10_000)]
    public int Epochs { get; init => field = Guard.Between(value, 1, 10_000); } = 12;

    /// <summary>Learning rate of Adam, which does not change.</summary>
    [Range(0, 1, AboveLow = true)]
    public double Lr { get; init => field = Guard.Positive(Guard.Between(value, 0, 1)); } = 2e-3;

    /// <inheritdoc/>
    public override bool NeedsWeights => false;

    /// <inheritdoc/>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        using var scope = NewDisposeScope();
        using var stream = new KeptRandomState();
        using var generator = subject.Random.TorchAt("attention-on-signs");
        Tensor unit = randn([Dim], generator: generator), inputs, targets;
        unit = unit / unit.norm();
        using Linear query = DenseLayer.Fresh(Dim, Dim, generator), key = DenseLayer.Fresh(Dim, Dim, generator), value = DenseLayer.Fresh(Dim, Dim, generator);
        using (no_grad())
        {
            MakeSalient(query, key, value, unit);
            inputs = Sequences(unit, generator);
            Tensor Heads(Linear layer) => HeadAttention.Split(layer.call(inputs), Dim / NumHeads);
            targets = HeadAttention.Merge(HeadAttention.Attend(Heads(query), Heads(key), Heads(value), null));
        }
        using var student = BinaryAttention.Of(query, key, value, NumHeads, EstimatorRank, generator: generator);
        BinaryCalibration.Run(student, [student], inputs.narrow(0, 0, BatchSize));
        Fit(student, inputs, targets, subject);
        using var mode = no_grad();
        var (given, meant) = (student.call(inputs.narrow(0, Training, Test)), targets.narrow(0, Training, Test));
        subject.Metrics["attention-error"] = ((given - meant).square().mean() / meant.var()).ToDouble();
        return subject;
    }

    // Which tokens stand out is seen by every key and, less, by every value; a bias of the queries makes all look for it.
    private static void MakeSalient(Linear query, Linear key, Linear value, Tensor unit)
    {
        query.bias!.add_(1);
        key.weight!.add_(unit * (1.5 / Math.Sqrt(Dim / NumHeads)));
        value.weight!.add_(unit * (0.8 / Math.Sqrt(Dim)));
    }

    // 0.7 · mix(z) + 2 ε u: a few causes mixed, and how much a token stands out along one direction.
    private static Tensor Sequences(Tensor unit, Generator generator)
    {
        var mix = randn([NumCauses, Dim], generator: generator) / Math.Sqrt(NumCauses);
        Tensor causes = randn([Training + Test, Tokens, NumCauses], generator: generator), salience = randn([Training + Test, Tokens, 1], generator: generator);
        return 0.7 * causes.matmul(mix) + 2 * salience * unit;
    }

    private void Fit(BinaryAttention student, Tensor inputs, Tensor targets, Subject subject)
    {
        using var rule = new Adam { Lr = Lr }.Start([new([.. student.named_parameters().Select(own => (own.name, (Tensor)own.parameter))])]);
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            int[] order = subject.Random.At("attention-on-signs", epoch).NextPermutation(Training);
            for (int first = 0; first < Training; first += BatchSize)
            {
                subject.Cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var chosen = tensor(order.Skip(first).Take(BatchSize).Select(index => (long)index).ToArray());
                rule.ZeroGradients();
                functional.mse_loss(student.call(inputs.index_select(0, chosen)), targets.index_select(0, chosen)).backward();
                rule.Step(Lr);
            }
        }
    }
}
