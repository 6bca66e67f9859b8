namespace Frugal.Kernels.Tests;

public class Packed2Of4Tests : NofMTests
{
    private protected override PackedForm Form => PackedForm.NofM(2, 4);
}
