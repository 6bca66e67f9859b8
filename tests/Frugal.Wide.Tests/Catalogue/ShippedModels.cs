using Frugal.Catalogue;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Optimizers;

namespace Frugal.Wide.Tests.Catalogue;

/// <summary>The models that are asked what a finished one must give, each made once: those of the catalogue, trained, and what each step leaves.</summary>
public sealed class ShippedModels : IDisposable
{
    private readonly Dictionary<CatalogueEntry, (Subject Subject, TemporaryFolder Folder)> made = [];

    /// <summary>A subject with the entry's own model, trained for as long as it takes to learn <see cref="Blobs"/>. Who changes the model takes a copy.</summary>
    internal Subject Trained(CatalogueEntry model) => Made(model, _ => new Train { Updates = 60, BatchSize = 16, Optimizer = new Adam { Lr = 0.005 } }.Apply(TinyRuns.Subject(model)));

    /// <summary>The subject as the step leaves it.</summary>
    internal Subject After(CatalogueEntry step) => Made(step, folder => TinyRuns.AfterStep(step, folder));

    private Subject Made(CatalogueEntry entry, Func<string, Subject> make)
    {
        if (made.TryGetValue(entry, out var known))
            return known.Subject;
        var folder = new TemporaryFolder();
        var subject = make(folder.Path);
        made.Add(entry, (subject, folder));
        return subject;
    }

    public void Dispose()
    {
        foreach (var (subject, folder) in made.Values)
        {
            subject.Dispose();
            folder.Dispose();
        }
    }
}
