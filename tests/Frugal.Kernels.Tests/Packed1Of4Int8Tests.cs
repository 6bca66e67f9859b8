namespace Frugal.Kernels.Tests;

public class Packed1Of4Int8Tests : NofMInt8Tests
{
    private protected override PackedForm Form => PackedForm.NofMInt8(1);
}
