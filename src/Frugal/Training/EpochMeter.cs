using Frugal.Data;
using static TorchSharp.torch;

namespace Frugal.Training;

/// <summary>Mean training loss and accuracy of the epoch so far.</summary>
internal sealed class EpochMeter
{
    private double lossSum;
    private long updates, correct, judged;

    /// <summary>True before the first update of the epoch.</summary>
    public bool IsEmpty => updates == 0;

    /// <summary>Mean loss of the epoch's updates; NaN before the first.</summary>
    public double Loss => lossSum / updates;

    /// <summary>Share of the rows classified right while training, or null where targets are not labels.</summary>
    public double? Accuracy => judged > 0 ? (double)correct / judged : null;

    /// <summary>Takes an update into account.</summary>
    public void AddLoss(double loss)
    {
        lossSum += loss;
        updates++;
    }

    /// <summary>Takes predictions into account, where the targets are labels.</summary>
    public void AddPredictions(TargetRows rows)
    {
        if (rows.Targets.is_floating_point() || rows.Logits.dim() != 2)
            return;
        using var scope = NewDisposeScope();
        correct += rows.Logits.detach().argmax(1).eq(rows.Targets).sum().item<long>();
        judged += rows.Targets.shape[0];
    }

    /// <summary>Begins a new epoch.</summary>
    public void Reset() => Load(0, 0, 0, 0);

    /// <summary>What a checkpoint keeps of an unfinished epoch.</summary>
    public (double LossSum, long Updates, long Correct, long Judged) Save() => (lossSum, updates, correct, judged);

    /// <summary>Takes back what <see cref="Save"/> gave.</summary>
    public void Load(double lossSum, long updates, long correct, long judged) =>
        (this.lossSum, this.updates, this.correct, this.judged) = (lossSum, updates, correct, judged);
}
