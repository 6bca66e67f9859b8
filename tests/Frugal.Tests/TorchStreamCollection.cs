namespace Frugal.Tests;

/// <summary>Tests that seed libtorch's own generator and count on what it draws: they run alone, since every test in the process draws from the same one.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TorchStreamCollection
{
    public const string Name = "libtorch's generator";
}
