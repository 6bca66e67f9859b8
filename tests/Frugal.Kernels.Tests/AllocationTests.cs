namespace Frugal.Kernels.Tests;

/// <summary>Runs alone, since it watches the allocations of the whole process.</summary>
[Collection(nameof(AllocationTests))]
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public class AllocationTests
{
    private const int Calls = 2000;

    public static TheoryData<SimdLevel, string> Cases()
    {
        var cases = new TheoryData<SimdLevel, string>();
        foreach (var level in Enum.GetValues<SimdLevel>())
            foreach (var form in PackedForm.All)
                if (level <= Simd.Level)
                    cases.Add(level, form.Name);
        return cases;
    }

    [Theory, ClassData(typeof(Levels))]
    public void A_repeated_call_of_a_Monarch_layer_allocates_nothing(SimdLevel level)
    {
        var layer = new MonarchCase(40, 60, 4, seed: 1).Pack();
        foreach (var rows in new[] { 1, 3, 40 })
            RequireNone(layer, new(rows, outFeatures: 60, inFeatures: 40, density: 0, blockHeight: 1, seed: 5), level);
    }

    [Theory, ClassData(typeof(Levels))]
    public void A_repeated_call_of_a_matrix_product_operator_allocates_nothing(SimdLevel level)
    {
        var layer = new MpoCase([6, 10], [8, 5], [3], seed: 1).Pack();
        foreach (var rows in new[] { 1, 3, 40 })
            RequireNone(layer, new(rows, outFeatures: 60, inFeatures: 40, density: 0, blockHeight: 1, seed: 5), level);
    }

    [Theory, ClassData(typeof(Levels))]
    public void A_repeated_call_of_a_layer_of_low_rank_allocates_nothing(SimdLevel level)
    {
        var factors = new LinearCase(rows: 8, 60, 40, density: 1, blockHeight: 1, seed: 1);
        var layer = PackedLowRankInt8.Pack(factors.Input, factors.Weight.AsSpan(0, 60 * 8), 60, 40, rank: 8);
        foreach (var rows in new[] { 1, 3, 40 })
            RequireNone(layer, new(rows, outFeatures: 60, inFeatures: 40, density: 0, blockHeight: 1, seed: 5), level);
    }

    [Theory, ClassData(typeof(Levels))]
    public void A_repeated_call_of_both_factors_in_floats_allocates_nothing(SimdLevel level)
    {
        var factors = new LinearCase(rows: 8, 60, 40, density: 1, blockHeight: 1, seed: 1);
        var layer = PackedLowRank.Pack(factors.Input, factors.Weight.AsSpan(0, 60 * 8), 60, 40, rank: 8);
        foreach (var rows in new[] { 1, 3, 40 })
            RequireNone(layer, new(rows, outFeatures: 60, inFeatures: 40, density: 0, blockHeight: 1, seed: 5), level);
    }

    [Theory, ClassData(typeof(Levels))]
    public void A_repeated_call_of_a_chain_allocates_nothing(SimdLevel level)
    {
        var random = new LinearCase(rows: 40, 60, 40, density: 0.2, blockHeight: 1, seed: 1);
        var chain = new PackedChain([new LayerNormOperator(random.Input.AsSpan(0, 40), [], 1e-6f), new LinearOperator(PackedSparse.Pack(random.Weight, 60, 40), random.Bias, Activation.Gelu)]);
        using var pool = new KernelPool(2) { Level = level };
        var output = new float[40 * 60];
        foreach (var rows in new[] { 1, 3, 40 })
            RequireNone(() => chain.Run(random.Input.AsSpan(0, rows * 40), rows, output.AsSpan(0, rows * 60), pool));
    }

    [Theory, ClassData(typeof(Levels))]
    public void A_repeated_call_of_a_convolution_allocates_nothing(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        foreach (var form in new[] { PackedForm.Sparse, PackedForm.BlockSparse(4), PackedForm.Int8, PackedForm.Shift(3) })
        {
            var random = new ConvolutionCase(new(5, 3, 3) { PaddingHeight = 1, PaddingWidth = 1 }, 12, batch: 2, 7, 9, density: 0.2, form.BlockHeight, seed: 5);
            var layer = random.Pack(form);
            var output = new float[random.Outputs];
            RequireNone(() => layer.Run(random.Input, 2, 7, 9, output, new() { Scale = random.Linear.Scale, Bias = random.Linear.Bias, Residual = random.Residual, Activation = Activation.Gelu }, pool));
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void A_repeated_call_allocates_nothing_on_any_thread(SimdLevel level, string name)
    {
        var form = PackedForm.All.Single(form => form.Name == name);
        foreach (var rows in new[] { 1, 3, 40 })
        {
            var random = new LinearCase(rows, outFeatures: 60, inFeatures: 40, density: 0.2, form.BlockHeight, seed: 5);
            RequireNone(form.Pack(random.Weight, 60, 40), random, level);
        }
    }

    private static void RequireNone(IPackedLinear layer, LinearCase random, SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        var output = new float[random.Rows * random.OutFeatures];
        RequireNone(() => layer.Run(
            random.Input, random.Rows, output, new() { Scale = random.Scale, Bias = random.Bias, Residual = random.Residual, Activation = Activation.Gelu }, pool));
    }

    private static void RequireNone(Action call)
    {
        for (var i = 0; i < 5; i++)
            call();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Calls; i++)
            call();
        // The runtime allocates a little now and then, as when a thread sleeps for the first time; an object a call would be at least 24 bytes each.
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 24 * Calls - 1);
    }
}
