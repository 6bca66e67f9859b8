namespace Frugal.Recipes;

/// <summary>Names of the metrics that Frugal itself measures; methods add their own under names of theirs.</summary>
public static class Metric
{
    /// <summary>Share of test examples classified right, between 0 and 1.</summary>
    public const string Accuracy = "accuracy";

    /// <summary>Mean loss on the test examples.</summary>
    public const string Loss = "loss";

    /// <summary>e to the mean loss on the tokens of the test examples; for texts of which tokens are asked.</summary>
    public const string Perplexity = "perplexity";

    /// <summary>Share of validation examples classified right, between 0 and 1: what may be selected by.</summary>
    public const string ValidationAccuracy = "validation-accuracy";

    /// <summary>Number of parameters stored.</summary>
    public const string Parameters = "parameters";

    /// <summary>Number of parameters that are not zero.</summary>
    public const string NonZeroParameters = "non-zero-parameters";

    /// <summary>Bytes of the saved weights.</summary>
    public const string Bytes = "bytes";

    /// <summary>Multiply-adds of one example through the network as its layers execute it (1 MAC = 1; twice that in floating-point operations).</summary>
    public const string Flops = "flops";

    /// <summary>Multiply-adds left when zero weights are skipped.</summary>
    public const string NonZeroFlops = "non-zero-flops";

    /// <summary>Highest resident memory of the process while training, in bytes.</summary>
    public const string PeakMemory = "peak-memory";

    /// <summary>Seconds spent training.</summary>
    public const string TrainingTime = "training-time";

    /// <summary>Mean of what training minimised over its last epoch, losses of layers included.</summary>
    public const string TrainingLoss = "training-loss";

    /// <summary>Optimiser updates made while training.</summary>
    public const string TrainingUpdates = "training-updates";

    /// <summary>Microseconds for one example.</summary>
    public const string Latency1 = "latency-1";

    /// <summary>Microseconds for a batch of 32 examples.</summary>
    public const string Latency32 = "latency-32";

    /// <summary>Load of the busiest expert over the mean load, averaged over the mixtures of experts.</summary>
    public const string ExpertImbalance = "expert-imbalance";

    /// <summary>Entropy of the gates as a part of the largest there can be, averaged over the mixtures of experts.</summary>
    public const string ExpertEntropy = "expert-entropy";

    /// <summary>Share of the experts' choices that found no room, averaged over the mixtures of experts.</summary>
    public const string ExpertDropped = "expert-dropped";

    /// <summary>Share of the tokens that go to other experts from one block to the next, averaged over the mixtures that several blocks share.</summary>
    public const string ExpertChanges = "expert-changes";
}
