using Frugal.Recipes;

namespace Frugal.Tests.Training;

/// <summary>Keeps what a run reports.</summary>
internal sealed class Recording : IProgress<RunEvent>
{
    public List<RunEvent> Events { get; } = [];

    public void Report(RunEvent value) => Events.Add(value);
}
