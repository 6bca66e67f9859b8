namespace Frugal.Kernels.Tests;

public class PackedBlockSparse4Tests : SparseLinearTests
{
    private protected override PackedForm Form => PackedForm.BlockSparse(4);
}
