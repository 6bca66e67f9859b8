namespace Frugal.Kernels.Tests;

public class PackedShift3BitTests : CodedLinearTests
{
    private protected override PackedForm Form => PackedForm.Shift(3);
}
