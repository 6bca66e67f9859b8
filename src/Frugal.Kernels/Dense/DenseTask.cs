using System.Runtime.Intrinsics;

namespace Frugal.Kernels;

/// <summary>A call of a dense layer: threads share the outputs, so that each weight is read by one of them, once for some hundreds of rows.</summary>
/// <param name="panels">The weight.</param>
/// <param name="distances">0, 1, 2, … for each input.</param>
internal readonly unsafe struct DenseTask(FloatPanels panels, int* distances, float* input, int rows, EpilogueStore store, SimdLevel level) : IKernelTask
{
    /// <summary>Outputs between two stores: a row of them is four cache lines.</summary>
    private const int StripOutputs = 64;

    private const int MaxRows = 512;

    private readonly FloatPanels _panels = panels;
    private readonly int* _distances = distances;
    private readonly float* _input = input;
    private readonly int _rows = rows;
    private readonly EpilogueStore _store = store;
    private readonly SimdLevel _level = level;

    /// <summary>Rows at a time, and what may hang over.</summary>
    private int HeldRows => Math.Min(_rows, MaxRows) + ScatteredRows.Most;

    public nint ScratchBytes => (nint)HeldRows * (StripOutputs * sizeof(float) + sizeof(int));

    public void Run(int part, int parts, byte* scratch)
    {
        if (_level >= SimdLevel.Avx512)
            Run<Lanes512, Vector512<float>>(part, parts, scratch);
        else if (_level == SimdLevel.Avx2)
            Run<Lanes256, Vector256<float>>(part, parts, scratch);
        else
            Run<Lanes128, Vector128<float>>(part, parts, scratch);
    }

    private void Run<TLanes, TVector>(int part, int parts, byte* scratch) where TLanes : ILanes<TVector> where TVector : struct
    {
        const int Step = 2 * FloatPanels.Width;
        long steps = (_panels.Outputs + Step - 1) / Step;
        var (first, end) = ((int)(steps * part / parts) * Step, Math.Min((int)(steps * (part + 1) / parts) * Step, _panels.Outputs));
        var sums = (float*)scratch;
        var starts = (int*)(sums + (nint)HeldRows * StripOutputs);
        var product = new PanelRows(_panels, _distances, StripOutputs, isOne: _rows == 1);
        for (var row = 0; row < _rows; row += MaxRows)
        {
            var rows = Math.Min(MaxRows, _rows - row);
            for (var i = 0; i < rows + ScatteredRows.Most; i++)
                starts[i] = Math.Min(i, rows - 1) * _panels.Inputs;
            for (var output = first; output < end; output += StripOutputs)
            {
                var outputs = Math.Min(StripOutputs, end - output);
                product.Multiply<TLanes, TVector>(_input + (nint)row * _panels.Inputs, starts, 0, rows, output, output + outputs, sums - output);
                _store.Block<TLanes, TVector>(sums, StripOutputs, row, rows, output, outputs);
            }
        }
    }
}
