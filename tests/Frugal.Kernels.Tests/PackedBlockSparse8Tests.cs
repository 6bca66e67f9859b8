namespace Frugal.Kernels.Tests;

public class PackedBlockSparse8Tests : SparseLinearTests
{
    private protected override PackedForm Form => PackedForm.BlockSparse(8);
}
