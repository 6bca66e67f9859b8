namespace Frugal.Kernels.Tests;

public class Packed2Of4Int8Tests : NofMInt8Tests
{
    private protected override PackedForm Form => PackedForm.NofMInt8(2);
}
