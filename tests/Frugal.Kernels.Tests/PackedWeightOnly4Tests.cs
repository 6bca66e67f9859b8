namespace Frugal.Kernels.Tests;

public class PackedWeightOnly4Tests : WeightOnlyTests
{
    private protected override PackedForm Form => PackedForm.WeightOnly(4, 32);
}
