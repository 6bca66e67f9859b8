namespace Frugal.Kernels.Tests;

/// <summary>How many random cases a property is tried on: fewer where the same tests run again under other conditions.</summary>
internal static class CaseCount
{
    public const string Variable = "FRUGAL_TEST_CASES";

    public static int Value { get; } = int.TryParse(Environment.GetEnvironmentVariable(Variable), out var count) ? count : 2000;
}
