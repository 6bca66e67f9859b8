namespace Frugal.Kernels;

/// <summary>A call of a layer of low rank: threads share the rows where there are many, and otherwise the outputs of the second factor, each with a first factor of its own.</summary>
internal readonly unsafe struct LowRankTask(DenseFactor down, DenseFactor up, float* input, int rows, EpilogueStore store, SimdLevel level) : IKernelTask, ILanesTask
{
    /// <summary>Rows between the factors at a time: a weight is read once for them, and they stay in the second cache.</summary>
    private const int MaxRows = 128;

    /// <summary>Below this a thread reads all weights for too little.</summary>
    private const int MinRowsOfThread = 16;

    private readonly float* _input = input;

    private int Rows => Math.Min(rows, MaxRows);

    private nint MiddleLength => (nint)(Rows + ScatteredRows.Most) * down.Panels.Pitch;

    public nint ScratchBytes => sizeof(float) * MiddleLength + DenseStrips.ScratchBytes(Rows);

    public void Run(int part, int parts, byte* scratch) => WidestLanes.Run(this, level, part, parts, scratch);

    public void Run<TLanes, TVector>(int part, int parts, byte* scratch) where TLanes : ILanes<TVector> where TVector : struct
    {
        if (rows >= MinRowsOfThread * parts)
            Run<TLanes, TVector>((int)((long)rows * part / parts), (int)((long)rows * (part + 1) / parts), (0, up.Panels.Outputs), scratch);
        else
            Run<TLanes, TVector>(0, rows, DenseStrips.Share(up.Panels.Outputs, part, parts), scratch);
    }

    private void Run<TLanes, TVector>(int firstRow, int endRow, (int First, int End) outputs, byte* scratch) where TLanes : ILanes<TVector> where TVector : struct
    {
        if (outputs.First >= outputs.End)
            return;
        var middle = (float*)scratch;
        var rest = scratch + sizeof(float) * MiddleLength;
        for (var row = firstRow; row < endRow; row += MaxRows)
        {
            var count = Math.Min(MaxRows, endRow - row);
            new DenseStrips(down, _input + (nint)row * down.Panels.Inputs, down.Panels.Inputs, count, isOne: rows == 1, rest).Keep<TLanes, TVector>(middle, down.Panels.Pitch);
            new DenseStrips(up, middle, down.Panels.Pitch, count, isOne: rows == 1, rest).Store<TLanes, TVector>(store, row, outputs.First, outputs.End);
        }
    }
}
