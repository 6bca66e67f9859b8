namespace Frugal.Kernels.Tests;

public class PackedWeightOnly8Tests : WeightOnlyTests
{
    private protected override PackedForm Form => PackedForm.WeightOnly(8, 64);
}
