namespace Frugal.Data;

/// <summary>
/// The splits of a dataset. A method that trains, prunes or selects on the test examples would make every comparison worthless, so
/// whatever changes a model runs under <see cref="LockTest"/>, and reading <see cref="Test"/> meanwhile is refused.
/// </summary>
/// <param name="train">Examples to learn from.</param>
/// <param name="validation">Held-out examples that training may look at, or null when the data has none.</param>
/// <param name="test">Examples that only the final evaluation may see.</param>
/// <param name="fingerprint">A hash of what was loaded: results of runs on different data must never be mistaken for each other.</param>
public sealed class DataSplits(Dataset train, Dataset? validation, Dataset test, string fingerprint)
{
    private int locks;

    /// <summary>Examples to learn from.</summary>
    public Dataset Train { get; } = train;

    /// <summary>Held-out examples that training may look at, or null when the data has none.</summary>
    public Dataset? Validation { get; } = validation;

    /// <summary>A hash of what was loaded.</summary>
    public string Fingerprint { get; } = fingerprint;

    /// <summary>What a person should know of the loading: files that were skipped, and why. Whoever runs a recipe shows them.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>What a model must know of the data.</summary>
    public DataInfo Info => Train.Info;

    /// <summary>Examples that only the final evaluation may see.</summary>
    /// <exception cref="FrugalException">Something that changes the model is running.</exception>
    public Dataset Test => Volatile.Read(ref locks) == 0
        ? test
        : throw new FrugalException(
            "The test split was read by something that changes the model. Use the training or the validation split; only evaluation may see the test examples.");

    /// <summary>Refuses the test split until the returned object is disposed.</summary>
    public IDisposable LockTest()
    {
        Interlocked.Increment(ref locks);
        return new Unlock(this);
    }

    private sealed class Unlock(DataSplits splits) : IDisposable
    {
        private int released;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref released, 1) == 0)
                Interlocked.Decrement(ref splits.locks);
        }
    }
}
