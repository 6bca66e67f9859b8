namespace Frugal.Kernels;

/// <summary>All stages of an operator, and the sizes of the memory that a thread needs for them.</summary>
internal sealed class MpoCores(MpoChain chain, IReadOnlyList<float[]> cores)
{
    private readonly MpoStage[] _stages = [.. cores.Select((core, index) => new MpoStage(chain, index, core))];

    public ReadOnlySpan<MpoStage> Stages => _stages;

    public MpoStage Last => _stages[^1];

    /// <summary>Output factors of the first core: threads may share them.</summary>
    public int FirstOutDim => chain.OutDims[0];

    /// <summary>Floats of a token that the first core reads.</summary>
    public int InputLength => _stages[0].InputLength;

    /// <summary>Floats of a token at most that a core leaves.</summary>
    public int StateLength { get; } = Enumerable.Range(0, chain.Count).Max(core => chain.Rows(core) * FloatPanels.PitchOf(chain.Width(core)));

    /// <summary>Floats of a row at most that a core leaves.</summary>
    public int LongestRow { get; } = Enumerable.Range(0, chain.Count).Max(core => FloatPanels.PitchOf(chain.Width(core)));

    /// <summary>Rows of a token at most that a core has.</summary>
    public int MostRows { get; } = Enumerable.Range(0, chain.Count).Max(chain.Rows);
}
