namespace Frugal.Kernels;

/// <summary>A call of a dense layer: threads share the outputs, so that each weight is read by one of them, once for some hundreds of rows.</summary>
internal readonly unsafe struct DenseTask(DenseFactor factor, float* input, int rows, EpilogueStore store, SimdLevel level) : IKernelTask, ILanesTask
{
    private const int MaxRows = 512;

    private readonly DenseFactor _factor = factor;
    private readonly float* _input = input;
    private readonly int _rows = rows;
    private readonly EpilogueStore _store = store;
    private readonly SimdLevel _level = level;

    public nint ScratchBytes => DenseStrips.ScratchBytes(Math.Min(_rows, MaxRows));

    public void Run(int part, int parts, byte* scratch) => WidestLanes.Run(this, _level, part, parts, scratch);

    public void Run<TLanes, TVector>(int part, int parts, byte* scratch) where TLanes : ILanes<TVector> where TVector : struct
    {
        var (first, end) = DenseStrips.Share(_factor.Panels.Outputs, part, parts);
        for (var row = 0; row < _rows; row += MaxRows)
        {
            var strips = new DenseStrips(_factor, _input + (nint)row * _factor.Panels.Inputs, _factor.Panels.Inputs, Math.Min(MaxRows, _rows - row), isOne: _rows == 1, scratch);
            strips.Store<TLanes, TVector>(_store, row, first, end);
        }
    }
}
