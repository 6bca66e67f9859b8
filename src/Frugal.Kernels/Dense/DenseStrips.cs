namespace Frugal.Kernels;

/// <summary>The product of a dense factor with neighbouring rows, strip of outputs by strip.</summary>
internal readonly unsafe struct DenseStrips
{
    /// <summary>Outputs between two stores: a row of them is four cache lines.</summary>
    private const int StripOutputs = 64;

    private readonly DenseFactor _factor;
    private readonly float* _input;
    private readonly int _rows;
    private readonly bool _isOne;
    private readonly int* _starts;
    private readonly float* _sums;

    /// <param name="pitch">Floats from one row of the input to the next.</param>
    /// <param name="isOne">Whether there is one row in the whole call.</param>
    /// <param name="scratch">Memory for <see cref="ScratchBytes"/>.</param>
    public DenseStrips(DenseFactor factor, float* input, int pitch, int rows, bool isOne, byte* scratch)
    {
        _factor = factor;
        _input = input;
        _rows = rows;
        _isOne = isOne;
        _sums = (float*)scratch;
        _starts = (int*)(_sums + (nint)(rows + ScatteredRows.Most) * StripOutputs);
        for (var i = 0; i < rows + ScatteredRows.Most; i++)
            _starts[i] = Math.Min(i, rows - 1) * pitch;
    }

    /// <summary>Scratch memory for some rows and what may hang over.</summary>
    public static nint ScratchBytes(int rows) => (nint)(rows + ScatteredRows.Most) * (StripOutputs * sizeof(float) + sizeof(int));

    /// <summary>The outputs of a thread, in whole pairs of panels.</summary>
    public static (int First, int End) Share(int outputs, int part, int parts)
    {
        const int Step = 2 * FloatPanels.Width;
        long steps = (outputs + Step - 1) / Step;
        return ((int)(steps * part / parts) * Step, Math.Min((int)(steps * (part + 1) / parts) * Step, outputs));
    }

    /// <summary>All outputs, <c>[rows, pitch]</c>; some rows more may be written.</summary>
    public void Keep<TLanes, TVector>(float* sums, int pitch) where TLanes : ILanes<TVector> where TVector : struct =>
        _factor.Product(pitch, _isOne).Multiply<TLanes, TVector>(_input, _starts, 0, _rows, 0, _factor.Panels.Outputs, sums);

    /// <summary>Some outputs, to where they belong.</summary>
    public void Store<TLanes, TVector>(in EpilogueStore store, int firstRow, int firstOutput, int endOutput) where TLanes : ILanes<TVector> where TVector : struct
    {
        var product = _factor.Product(StripOutputs, _isOne);
        for (var output = firstOutput; output < endOutput; output += StripOutputs)
        {
            var outputs = Math.Min(StripOutputs, endOutput - output);
            product.Multiply<TLanes, TVector>(_input, _starts, 0, _rows, output, output + outputs, _sums - output);
            store.Block<TLanes, TVector>(_sums, StripOutputs, firstRow, _rows, output, outputs);
        }
    }
}
