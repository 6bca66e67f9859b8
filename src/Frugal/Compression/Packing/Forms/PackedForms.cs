namespace Frugal.Compression.Packing;

/// <summary>All forms that layers can be packed in.</summary>
internal static class PackedForms
{
    /// <summary>Each is tried; the fastest that is exact enough is taken.</summary>
    public static IReadOnlyList<IPackedForm> All { get; } =
    [
        new SparseForm(), new BlockSparseForm(16), new BlockSparseForm(8), new BlockSparseForm(4), new NofMForm(2, 4), new NofMForm(4, 8),
        new MonarchForm(), new LowRankForm(), new MpoForm(), new BinaryForm(), new SnnkForm(), new KanForm(),
        new Int8Form(), new NofMInt8Form(2), new LowRankInt8Form(), new ShiftForm(), new TernaryForm(),
        new WeightOnlyForm(8), new Int4Form(), new WeightOnlyForm(4),
    ];
}
