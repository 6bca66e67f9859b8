namespace Frugal.Kernels;

/// <summary>
/// A core as a matrix product whose rows lie anywhere: no factor is moved between two cores, since each row of the next product begins where its numbers are, and its inputs are at distances that are the same for all rows.
/// </summary>
internal sealed unsafe class MpoStage
{
    private readonly AlignedBuffer<int> _distances;
    private readonly AlignedBuffer<int> _starts;
    private readonly int _bondIn;
    private readonly int _bondOut;

    /// <param name="core"><c>[χ, o, i, χ']</c>.</param>
    public MpoStage(MpoChain chain, int index, ReadOnlySpan<float> core)
    {
        (Rows, Depth, Width) = (chain.Rows(index), chain.Depth(index), chain.Width(index));
        (_bondIn, _bondOut, InDim) = (chain.Bonds[index], chain.Bonds[index + 1], chain.InDims[index]);
        Panels = new(Ordered(core), Width, Depth);
        var rest = chain.Rest(index);
        var pitch = index == 0 ? 1 : FloatPanels.PitchOf(chain.Width(index - 1));
        var outDim = index == 0 ? 1 : chain.OutDims[index - 1];
        _distances = new(Depth);
        for (var input = 0; input < InDim; input++)
            for (var bond = 0; bond < _bondIn; bond++)
                _distances.Span[input * _bondIn + bond] = input * rest * pitch + bond;
        _starts = new(Rows);
        for (var row = 0; row < Rows; row++)
        {
            // [outputs before, outputs of the last core, inputs to come]: the last core's outputs lie within its rows.
            var (before, output, behind) = (row / (outDim * rest), row / rest % outDim, row % rest);
            _starts.Span[row] = (before * InDim * rest + behind) * pitch + output * _bondIn;
        }
        InputLength = Rows / outDim * InDim * pitch;
    }

    /// <summary>Rows of the product for one token.</summary>
    public int Rows { get; }

    /// <summary>Inputs that a sum goes over.</summary>
    public int Depth { get; }

    /// <summary>Outputs of a row.</summary>
    public int Width { get; }

    /// <summary>The core as <c>[o·χ', i·χ]</c>.</summary>
    public FloatPanels Panels { get; }

    /// <summary>Floats of one token that it reads from.</summary>
    public int InputLength { get; }

    /// <summary>Floats of one token that it leaves.</summary>
    public int OutputLength => Rows * Panels.Pitch;

    public long Bytes => Panels.Bytes + _distances.Bytes + _starts.Bytes;

    /// <summary>From the start of a row to its inputs.</summary>
    public int* Distances => _distances.Pointer;

    /// <summary>Where the rows of a token begin.</summary>
    public int* Starts => _starts.Pointer;

    private int InDim { get; }

    /// <summary>The core as it was given, but for subnormal weights.</summary>
    public float[] Core()
    {
        var (ordered, core) = (new float[Depth * Width], new float[Depth * Width]);
        Panels.Unpack(ordered);
        for (var i = 0; i < core.Length; i++)
            core[i] = ordered[Place(i)];
        return core;
    }

    private float[] Ordered(ReadOnlySpan<float> core)
    {
        var ordered = new float[core.Length];
        for (var i = 0; i < core.Length; i++)
            ordered[Place(i)] = core[i];
        return ordered;
    }

    /// <summary>Where an element of the core <c>[χ, o, i, χ']</c> lies in <c>[o·χ', i·χ]</c>.</summary>
    private int Place(int element)
    {
        var (bondOut, rest) = (element % _bondOut, element / _bondOut);
        var (input, outer) = (rest % InDim, rest / InDim);
        var outDim = Width / _bondOut;
        var (output, bondIn) = (outer % outDim, outer / outDim);
        return (output * _bondOut + bondOut) * Depth + input * _bondIn + bondIn;
    }
}
