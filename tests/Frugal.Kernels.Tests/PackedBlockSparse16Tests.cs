namespace Frugal.Kernels.Tests;

public class PackedBlockSparse16Tests : SparseLinearTests
{
    private protected override PackedForm Form => PackedForm.BlockSparse(16);
}
