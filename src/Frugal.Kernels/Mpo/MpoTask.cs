namespace Frugal.Kernels;

/// <summary>
/// A call of a matrix product operator: a few tokens at a time pass all cores while what lies between two of them is in the second cache. Threads share the rows where there are many, and otherwise the outputs of
/// the first core, with which those of all later ones can be told apart.
/// </summary>
internal readonly unsafe struct MpoTask(MpoCores cores, int inFeatures, float* input, int rows, EpilogueStore store, SimdLevel level) : IKernelTask, ILanesTask
{
    /// <summary>Floats that a core leaves at most, for all tokens of a tile: with what it reads, half of a second cache of one megabyte.</summary>
    private const int MaxTileLength = 64 * 1024;

    /// <summary>Below this a thread reads all weights for too little.</summary>
    private const int MinRowsOfThread = 4;

    private readonly float* _input = input;

    public nint ScratchBytes => sizeof(float) * (PaddedLength + 2 * BufferLength + TableLength);

    private int Tokens => Math.Min(rows, Math.Max(1, MaxTileLength / cores.StateLength));

    /// <summary>Whether the factors of the inputs cover more than there are.</summary>
    private bool IsPadded => cores.InputLength > inFeatures;

    private nint PaddedLength => IsPadded ? (nint)Tokens * cores.InputLength : 0;

    /// <summary>Rows are summed several at a time; the last ones may hang over.</summary>
    private nint BufferLength => (nint)Tokens * cores.StateLength + ScatteredRows.Most * cores.LongestRow;

    private nint TableLength => (nint)Tokens * cores.MostRows + ScatteredRows.Most;

    public void Run(int part, int parts, byte* scratch) => WidestLanes.Run(this, level, part, parts, scratch);

    public void Run<TLanes, TVector>(int part, int parts, byte* scratch) where TLanes : ILanes<TVector> where TVector : struct
    {
        var outputs = cores.FirstOutDim;
        if (rows >= MinRowsOfThread * parts)
            Run<TLanes, TVector>((int)((long)rows * part / parts), (int)((long)rows * (part + 1) / parts), 0, outputs, (float*)scratch);
        else
            Run<TLanes, TVector>(0, rows, (int)((long)outputs * part / parts), (int)((long)outputs * (part + 1) / parts), (float*)scratch);
    }

    private void Run<TLanes, TVector>(int firstRow, int endRow, int firstOutput, int endOutput, float* scratch) where TLanes : ILanes<TVector> where TVector : struct
    {
        if (firstOutput >= endOutput)
            return;
        var tokens = Tokens;
        for (var row = firstRow; row < endRow; row += tokens)
            RunTile<TLanes, TVector>(new(row, Math.Min(tokens, endRow - row), firstOutput, endOutput, scratch, scratch + PaddedLength, BufferLength));
    }

    private void RunTile<TLanes, TVector>(MpoTile tile) where TLanes : ILanes<TVector> where TVector : struct
    {
        var state = _input + (nint)tile.FirstRow * inFeatures;
        if (IsPadded)
        {
            FillUp(state, tile);
            state = tile.Padded;
        }
        for (var i = 0; i < cores.Stages.Length; i++)
        {
            var stage = cores.Stages[i];
            var left = i % 2 == 0 ? tile.Even : tile.Odd;
            FillStarts(stage, tile);
            var product = new PanelRows(stage.Panels, stage.Distances, stage.Panels.Pitch);
            if (i == 0)
                product.Multiply<TLanes, TVector>(state, tile.Starts, 0, tile.Tokens * stage.Rows, tile.FirstOutput * (stage.Width / cores.FirstOutDim), tile.EndOutput * (stage.Width / cores.FirstOutDim), left);
            else if (tile.EndOutput - tile.FirstOutput == cores.FirstOutDim)
                product.Multiply<TLanes, TVector>(state, tile.Starts, 0, tile.Tokens * stage.Rows, 0, stage.Width, left);
            else
                for (var token = 0; token < tile.Tokens; token++)
                {
                    var (first, ofOutput) = (token * stage.Rows, stage.Rows / cores.FirstOutDim);
                    product.Multiply<TLanes, TVector>(state, tile.Starts, first + tile.FirstOutput * ofOutput, first + tile.EndOutput * ofOutput, 0, stage.Width, left);
                }
            state = left;
        }
        Store<TLanes, TVector>(state, tile);
    }

    private void FillUp(float* input, in MpoTile tile)
    {
        var length = cores.InputLength;
        for (var token = 0; token < tile.Tokens; token++)
        {
            var row = new Span<float>(tile.Padded + (nint)token * length, length);
            new ReadOnlySpan<float>(input + (nint)token * inFeatures, inFeatures).CopyTo(row);
            row[inFeatures..].Clear();
        }
    }

    /// <summary>Where the rows of all tokens begin; behind them the last one again, for rows that hang over.</summary>
    private static void FillStarts(MpoStage stage, in MpoTile tile)
    {
        var at = tile.Starts;
        for (var token = 0; token < tile.Tokens; token++)
            for (var row = 0; row < stage.Rows; row++)
                *at++ = token * stage.InputLength + stage.Starts[row];
        for (var i = 0; i < ScatteredRows.Most; i++, at++)
            *at = at[-1];
    }

    private void Store<TLanes, TVector>(float* sums, in MpoTile tile) where TLanes : ILanes<TVector> where TVector : struct
    {
        var last = cores.Last;
        var rowsOfOutput = last.Rows / cores.FirstOutDim;
        // Rows without a gap between them are one row of outputs.
        var isWhole = last.Panels.Pitch == last.Width;
        var width = isWhole ? rowsOfOutput * last.Width * (tile.EndOutput - tile.FirstOutput) : last.Width;
        for (var row = tile.FirstOutput * rowsOfOutput; row < tile.EndOutput * rowsOfOutput; row += isWhole ? last.Rows : 1)
        {
            var output = row * last.Width;
            if (output < store.OutFeatures)
                store.Block<TLanes, TVector>(sums + (nint)row * last.Panels.Pitch, last.OutputLength, tile.FirstRow, tile.Tokens, output, Math.Min(width, store.OutFeatures - output));
        }
    }
}
