using System.CommandLine;

namespace Frugal.Cli;

/// <summary>A command whose help ends in examples. Every command of ours is one; a test holds that.</summary>
/// <param name="name">The word that calls it.</param>
/// <param name="description">What it does, in a sentence or two.</param>
/// <param name="examples">Lines to copy.</param>
internal sealed class FrugalCommand(string name, string description, params Example[] examples) : Command(name, description)
{
    /// <summary>Lines to copy.</summary>
    public IReadOnlyList<Example> Examples { get; } = examples;
}
