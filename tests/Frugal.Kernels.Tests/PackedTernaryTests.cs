namespace Frugal.Kernels.Tests;

public class PackedTernaryTests : CodedLinearTests
{
    private protected override PackedForm Form => PackedForm.Ternary;
}
