namespace Frugal.Kernels.Tests;

public class PackedInt4Tests : CodedLinearTests
{
    private protected override PackedForm Form => PackedForm.Int4;
}
