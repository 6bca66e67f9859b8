namespace Frugal.Kernels.Tests;

public class Packed3Of8Tests : NofMTests
{
    private protected override PackedForm Form => PackedForm.NofM(3, 8);
}
