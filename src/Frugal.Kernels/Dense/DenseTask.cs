namespace Frugal.Kernels;

/// <summary>A call of a dense layer: threads share the outputs, so that each weight is read by one of them, once for some hundreds of rows.</summary>
internal readonly unsafe struct DenseTask(DenseFactor factor, float* input, int rows, EpilogueStore store, SimdLevel level) : IKernelTask, ILanesTask
{
    private const int MaxRows = 512;

    private readonly float* _input = input;

    public nint ScratchBytes => DenseStrips.ScratchBytes(Math.Min(rows, MaxRows));

    public void Run(int part, int parts, byte* scratch) => WidestLanes.Run(this, level, part, parts, scratch);

    public void Run<TLanes, TVector>(int part, int parts, byte* scratch) where TLanes : ILanes<TVector> where TVector : struct
    {
        var (first, end) = DenseStrips.Share(factor.Panels.Outputs, part, parts);
        for (var row = 0; row < rows; row += MaxRows)
        {
            var strips = new DenseStrips(factor, _input + (nint)row * factor.Panels.Inputs, factor.Panels.Inputs, Math.Min(MaxRows, rows - row), isOne: rows == 1, scratch);
            strips.Store<TLanes, TVector>(store, row, first, end);
        }
    }
}
