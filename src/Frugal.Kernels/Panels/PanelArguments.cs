namespace Frugal.Kernels;

/// <summary>What an assembled panel function is called with; it reads the fields by their offsets.</summary>
internal unsafe struct PanelArguments
{
    /// <summary>The coded rows of the input.</summary>
    public byte* Codes;

    /// <summary>Bytes from one row to the next.</summary>
    public nint Pitch;

    /// <summary>The first panel of weights.</summary>
    public byte* Weights;

    /// <summary>Bytes from one panel to the next.</summary>
    public nint PanelBytes;

    /// <summary>Pairs of steps: half of the steps of a panel.</summary>
    public nint StepPairs;

    /// <summary>The step's constants, 64 bytes each.</summary>
    public byte* Constants;

    /// <summary>Receives the sums, <c>[rows, panels · 16]</c>.</summary>
    public int* Sums;
}
