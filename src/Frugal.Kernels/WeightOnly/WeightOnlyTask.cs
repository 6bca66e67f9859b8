namespace Frugal.Kernels;

/// <summary>One call of a layer of coded weights and plain inputs: threads share the strips of outputs, and within a strip all rows meet weights that stay in the first cache.</summary>
internal unsafe struct WeightOnlyTask(WeightOnlyPanels panels, float* input, int rows, EpilogueStore store, SimdLevel level) : IKernelTask, ILanesTask
{
    /// <summary>Rows that are taken together, so that their inputs stay in the second cache.</summary>
    private const int BlockRows = 64;

    private const int StripOutputs = WeightOnlyPanels.StripPanels * Panel.Outputs;

    private readonly float* _input = input;

    /// <summary>Scratch memory that each thread needs: sums, and the inputs where the last word of a row hangs over its end.</summary>
    public readonly nint ScratchBytes => sizeof(float) * (WeightOnlySums.Rows * StripOutputs + (IsWhole ? 0 : (nint)Math.Min(rows, BlockRows) * PaddedInputs));

    private readonly int PaddedInputs => panels.Steps * panels.InputsOfWord;

    private readonly bool IsWhole => PaddedInputs == panels.InFeatures;

    public readonly void Run(int part, int parts, byte* scratch) => WidestLanes.Run(this, level, part, parts, scratch);

    public readonly void Run<TLanes, TVector>(int part, int parts, byte* scratch) where TLanes : ILanes<TVector> where TVector : struct
    {
        var first = (int)((long)panels.Strips * part / parts);
        var end = (int)((long)panels.Strips * (part + 1) / parts);
        if (first == end)
            return;
        var sums = (float*)scratch;
        var padded = sums + WeightOnlySums.Rows * StripOutputs;
        for (var row = 0; row < rows; row += BlockRows)
        {
            var count = Math.Min(BlockRows, rows - row);
            var x = _input + (nint)row * panels.InFeatures;
            if (!IsWhole)
            {
                for (var i = 0; i < count; i++)
                {
                    var target = new Span<float>(padded + (nint)i * PaddedInputs, PaddedInputs);
                    new Span<float>(x + (nint)i * panels.InFeatures, panels.InFeatures).CopyTo(target);
                    target[panels.InFeatures..].Clear();
                }
                x = padded;
            }
            for (var strip = first; strip < end; strip++)
                Strip<TLanes, TVector>(strip, x, row, count, sums);
        }
    }

    private readonly void Strip<TLanes, TVector>(int strip, float* x, int firstRow, int count, float* sums) where TLanes : ILanes<TVector> where TVector : struct
    {
        nint pitch = PaddedInputs;
        var outputs = Math.Min(StripOutputs, store.OutFeatures - strip * StripOutputs);
        for (var row = 0; row < count;)
        {
            var together = count - row >= WeightOnlySums.Rows ? WeightOnlySums.Rows : 1;
            for (var output = 0; output < outputs; output += TLanes.Count)
            {
                var panel = strip * WeightOnlyPanels.StripPanels + output / Panel.Outputs;
                var words = panels.Words.Pointer + (nint)panel * panels.Steps * Panel.Outputs + output % Panel.Outputs;
                var scales = panels.Scales.Pointer + (nint)panel * panels.Groups * Panel.Outputs + output % Panel.Outputs;
                var stepsOfGroup = panels.GroupSize / panels.InputsOfWord;
                if (together == WeightOnlySums.Rows)
                    WeightOnlySums.Four<TLanes, TVector>(
                        panels.Bits == 4, words, scales, panels.Steps, stepsOfGroup, x + row * pitch, pitch, sums + output, StripOutputs);
                else if (panels.Bits == 4)
                    TLanes.Store(sums + output, WeightOnlySums.One4<TLanes, TVector>(words, scales, panels.Steps, stepsOfGroup, x + row * pitch));
                else
                    TLanes.Store(sums + output, WeightOnlySums.One8<TLanes, TVector>(words, scales, panels.Steps, stepsOfGroup, x + row * pitch));
            }
            store.Block<TLanes, TVector>(sums, StripOutputs, firstRow + row, together, strip * StripOutputs, outputs);
            row += together;
        }
    }
}
