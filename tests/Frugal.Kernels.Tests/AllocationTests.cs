namespace Frugal.Kernels.Tests;

/// <summary>Runs alone, since it watches the allocations of the whole process.</summary>
[Collection(nameof(AllocationTests))]
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public class AllocationTests
{
    private const int Calls = 2000;

    public static TheoryData<SimdLevel, int> Cases()
    {
        var cases = new TheoryData<SimdLevel, int>();
        foreach (var level in Enum.GetValues<SimdLevel>())
            foreach (var blockHeight in new[] { 1, 4, 8, 16 })
                if (level <= Simd.Level)
                    cases.Add(level, blockHeight);
        return cases;
    }

    [Theory, MemberData(nameof(Cases))]
    public void A_repeated_call_allocates_nothing_on_any_thread(SimdLevel level, int blockHeight)
    {
        using var pool = new KernelPool(2) { Level = level };
        foreach (var rows in new[] { 1, 3, 40 })
        {
            var random = new LinearCase(rows, outFeatures: 60, inFeatures: 40, density: 0.2, blockHeight, seed: 5);
            IPackedLinear layer = blockHeight == 1
                ? PackedSparse.Pack(random.Weight, 60, 40)
                : PackedBlockSparse.Pack(random.Weight, 60, 40, blockHeight);
            var output = new float[rows * 60];
            var epilogue = random.Epilogue(Parts.All, Activation.Gelu);
            for (var i = 0; i < 5; i++)
                layer.Run(random.Input, rows, output, epilogue, pool);
            var process = GC.GetTotalAllocatedBytes(precise: true);
            var thread = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Calls; i++)
                layer.Run(random.Input, rows, output, epilogue, pool);
            Assert.Equal(thread, GC.GetAllocatedBytesForCurrentThread());
            // The runtime's own threads allocate a little now and then; an object a call would be at least 24 bytes each.
            Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - process, 0, 24 * Calls - 1);
        }
    }
}
