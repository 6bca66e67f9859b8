using Frugal.Catalogue;
using Frugal.Recipes;
using Frugal.Training;

namespace Frugal.Wide.Tests.Catalogue;

/// <summary>Six updates with each entry in its place, once left alone and once stopped after three and gone on with: what must be the same is asked of these two.</summary>
public sealed class ShortTrainings : IDisposable
{
    private const int Updates = 6, StopAfter = 3;

    private readonly Dictionary<CatalogueEntry, Run> leftAlone = [];
    private readonly Dictionary<CatalogueEntry, (byte[] AfterThree, TemporaryFolder Folder)> stopped = [];

    /// <summary>A training that nobody stopped: all weights and buffers after three updates and after six.</summary>
    internal sealed record Run(byte[] AfterThree, byte[] AfterSix);

    internal Run LeftAlone(CatalogueEntry entry)
    {
        if (leftAlone.TryGetValue(entry, out var known))
            return known;
        using var folder = new TemporaryFolder();
        using var subject = TinyRuns.Subject(entry, FolderOf(entry, folder));
        byte[] afterThree = [];
        Train(entry, subject, update =>
        {
            if (update == StopAfter)
                afterThree = TinySubject.Bytes(subject);
        });
        return leftAlone[entry] = new(afterThree, TinySubject.Bytes(subject));
    }

    /// <summary>All weights and buffers of a training that is stopped after three updates, as they are then.</summary>
    internal byte[] Stopped(CatalogueEntry entry)
    {
        if (stopped.TryGetValue(entry, out var known))
            return known.AfterThree;
        var folder = new TemporaryFolder();
        using var cancel = new CancellationTokenSource();
        using var subject = TinyRuns.Subject(entry, FolderOf(entry, folder), cancel);
        byte[] afterThree = [];
        Assert.Throws<OperationCanceledException>(() => Train(entry, subject, update =>
        {
            if (update != StopAfter)
                return;
            afterThree = TinySubject.Bytes(subject);
            cancel.Cancel();
        }));
        stopped.Add(entry, (afterThree, folder));
        return afterThree;
    }

    /// <summary>All weights and buffers of the stopped training at its end.</summary>
    internal byte[] GoneOn(CatalogueEntry entry)
    {
        Stopped(entry);
        using var subject = TinyRuns.Subject(entry, stopped[entry].Folder.Path);
        int updates = 0;
        Train(entry, subject, _ => updates++);
        Assert.Equal(Updates - StopAfter, updates);
        return TinySubject.Bytes(subject);
    }

    // What cannot be gone on with leaves no checkpoint.
    private static string? FolderOf(CatalogueEntry entry, TemporaryFolder folder) => entry.Unsupported.Any(unsupported => unsupported.Check == "resume") ? null : folder.Path;

    private static void Train(CatalogueEntry entry, Subject subject, Action<long> afterUpdate)
    {
        var train = TinyRuns.Train(entry, Updates);
        train.With([new Hooks { AfterUpdate = fit => afterUpdate(fit.Update + 1) }]).Apply(subject);
    }

    public void Dispose()
    {
        foreach (var (_, folder) in stopped.Values)
            folder.Dispose();
    }
}
