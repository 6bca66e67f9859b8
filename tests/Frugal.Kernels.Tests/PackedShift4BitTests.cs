namespace Frugal.Kernels.Tests;

public class PackedShift4BitTests : CodedLinearTests
{
    private protected override PackedForm Form => PackedForm.Shift(7);
}
