namespace Frugal.Kernels;

/// <summary>A call of a layer of low rank: threads share the rows where there are many, and otherwise the outputs of the second factor, each with a first factor of its own.</summary>
internal readonly unsafe struct LowRankTask(DenseFactor down, DenseFactor up, float* input, int rows, EpilogueStore store, SimdLevel level) : IKernelTask, ILanesTask
{
    /// <summary>Rows between the factors at a time: a weight is read once for them, and they stay in the second cache.</summary>
    private const int MaxRows = 128;

    /// <summary>Below this a thread reads all weights for too little.</summary>
    private const int MinRowsOfThread = 16;

    private readonly DenseFactor _down = down;
    private readonly DenseFactor _up = up;
    private readonly float* _input = input;
    private readonly int _rows = rows;
    private readonly EpilogueStore _store = store;
    private readonly SimdLevel _level = level;

    private int Rows => Math.Min(_rows, MaxRows);

    private nint MiddleLength => (nint)(Rows + ScatteredRows.Most) * _down.Panels.Pitch;

    public nint ScratchBytes => sizeof(float) * MiddleLength + DenseStrips.ScratchBytes(Rows);

    public void Run(int part, int parts, byte* scratch) => WidestLanes.Run(this, _level, part, parts, scratch);

    public void Run<TLanes, TVector>(int part, int parts, byte* scratch) where TLanes : ILanes<TVector> where TVector : struct
    {
        if (_rows >= MinRowsOfThread * parts)
            Run<TLanes, TVector>((int)((long)_rows * part / parts), (int)((long)_rows * (part + 1) / parts), (0, _up.Panels.Outputs), scratch);
        else
            Run<TLanes, TVector>(0, _rows, DenseStrips.Share(_up.Panels.Outputs, part, parts), scratch);
    }

    private void Run<TLanes, TVector>(int firstRow, int endRow, (int First, int End) outputs, byte* scratch) where TLanes : ILanes<TVector> where TVector : struct
    {
        if (outputs.First >= outputs.End)
            return;
        var middle = (float*)scratch;
        var rest = scratch + sizeof(float) * MiddleLength;
        for (var row = firstRow; row < endRow; row += MaxRows)
        {
            var rows = Math.Min(MaxRows, endRow - row);
            new DenseStrips(_down, _input + (nint)row * _down.Panels.Inputs, _down.Panels.Inputs, rows, isOne: _rows == 1, rest).Keep<TLanes, TVector>(middle, _down.Panels.Pitch);
            new DenseStrips(_up, middle, _down.Panels.Pitch, rows, isOne: _rows == 1, rest).Store<TLanes, TVector>(_store, row, outputs.First, outputs.End);
        }
    }
}
