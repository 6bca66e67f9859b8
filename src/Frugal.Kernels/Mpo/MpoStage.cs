namespace Frugal.Kernels;

/// <summary>
/// A core as a matrix product whose rows lie anywhere: no factor is moved between two cores, since each row of the next product begins where its numbers are, and its inputs are at distances that are the same for all rows.
/// </summary>
internal sealed unsafe class MpoStage
{
    /// <summary>Outputs that lie side by side in the packed weight; rows of what a stage leaves are whole panels.</summary>
    public const int PanelWidth = 16;

    private readonly AlignedBuffer<float> _weights;
    private readonly AlignedBuffer<int> _distances;
    private readonly AlignedBuffer<int> _starts;
    private readonly int _bondIn;
    private readonly int _bondOut;

    /// <param name="core"><c>[χ, o, i, χ']</c>.</param>
    public MpoStage(MpoChain chain, int index, ReadOnlySpan<float> core)
    {
        (Rows, Depth, Width) = (chain.Rows(index), chain.Depth(index), chain.Width(index));
        (_bondIn, _bondOut, InDim) = (chain.Bonds[index], chain.Bonds[index + 1], chain.InDims[index]);
        Panels = (Width + PanelWidth - 1) / PanelWidth;
        _weights = new(Panels * Depth * PanelWidth);
        Pack(core);
        var rest = chain.Rest(index);
        var pitch = index == 0 ? 1 : PitchOf(chain.Width(index - 1));
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

    public int Panels { get; }

    /// <summary>Floats from one row of what it leaves to the next.</summary>
    public int Pitch => Panels * PanelWidth;

    /// <summary>Floats of one token that it reads from.</summary>
    public int InputLength { get; }

    /// <summary>Floats of one token that it leaves.</summary>
    public int OutputLength => Rows * Pitch;

    public long NonZeros { get; private set; }

    public long FlushedSubnormals { get; private set; }

    public long Bytes => _weights.Bytes + _distances.Bytes + _starts.Bytes;

    /// <summary><c>[panels, depth, 16]</c>; zeros behind the last output.</summary>
    public float* Weights => _weights.Pointer;

    /// <summary>From the start of a row to its inputs.</summary>
    public int* Distances => _distances.Pointer;

    /// <summary>Where the rows of a token begin.</summary>
    public int* Starts => _starts.Pointer;

    private int InDim { get; }

    /// <summary>Floats of a row that has so many outputs.</summary>
    public static int PitchOf(int width) => (width + PanelWidth - 1) / PanelWidth * PanelWidth;

    /// <summary>The core as it was given, but for subnormal weights.</summary>
    public float[] Core()
    {
        var core = new float[Depth * Width];
        for (var i = 0; i < core.Length; i++)
            core[i] = _weights.Span[Place(i)];
        return core;
    }

    private void Pack(ReadOnlySpan<float> core)
    {
        for (var i = 0; i < core.Length; i++)
        {
            var subnormal = float.IsSubnormal(core[i]);
            FlushedSubnormals += subnormal ? 1 : 0;
            NonZeros += core[i] == 0 || subnormal ? 0 : 1;
            _weights.Span[Place(i)] = subnormal ? 0 : core[i];
        }
    }

    /// <summary>Where an element of the core <c>[χ, o, i, χ']</c> lies among the weights, whose inputs are <c>[i, χ]</c> and outputs <c>[o, χ']</c>.</summary>
    private int Place(int element)
    {
        var (bondOut, rest) = (element % _bondOut, element / _bondOut);
        var (input, outer) = (rest % InDim, rest / InDim);
        var outDim = Width / _bondOut;
        var (output, bondIn) = (outer % outDim, outer / outDim);
        var column = output * _bondOut + bondOut;
        return (column / PanelWidth * Depth + input * _bondIn + bondIn) * PanelWidth + column % PanelWidth;
    }
}
