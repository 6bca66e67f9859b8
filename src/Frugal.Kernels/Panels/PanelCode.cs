namespace Frugal.Kernels;

/// <summary>The assembled functions of one kind of step: for up to <see cref="MaxRows"/> rows and two panels, and for few rows and eight.</summary>
internal sealed unsafe class PanelCode
{
    /// <summary>Rows of a call at most: twice as many sums fill the registers beside the operands.</summary>
    public const int MaxRows = 14;

    /// <summary>Panels of a call for few rows: one or two would leave the additions waiting for each other.</summary>
    public const int WidePanels = 8;

    /// <summary>Rows of a call with <see cref="WidePanels"/> at most.</summary>
    public const int MaxWideRows = 3;

    private readonly AssembledCode _code;
    private readonly int _weightBytes;
    private readonly int _maxRows;

    private PanelCode(AssembledCode code, int weightBytes, int maxRows) => (_code, _weightBytes, _maxRows) = (code, weightBytes, maxRows);

    /// <summary>Assembles the functions, or returns null where the system forbids it.</summary>
    /// <param name="maxRows">Rows of a call at most, if fewer than <see cref="MaxRows"/> are needed.</param>
    public static PanelCode? TryAssemble(IPanelStep step, int maxRows = MaxRows)
    {
        var functions = new List<Action<Iced.Intel.Assembler>>();
        for (var rows = 1; rows <= maxRows; rows++)
        {
            var count = rows;
            functions.Add(code => PanelAssembler.Write(code, step, count, panels: 2));
        }
        for (var rows = 1; rows <= Math.Min(maxRows, MaxWideRows); rows++)
        {
            var count = rows;
            functions.Add(code => PanelAssembler.Write(code, step, count, WidePanels));
        }
        return AssembledCode.TryAssemble(functions) is { } assembled ? new(assembled, step.WeightBytes, maxRows) : null;
    }

    /// <summary>Rows of a call at most for these functions.</summary>
    public int MaxRowsOfCall => _maxRows;

    /// <summary>Where the functions lie.</summary>
    public nint Address => _code.Pages.Address;

    /// <summary>Writes the sums of <paramref name="rows"/> rows and <paramref name="panels"/> panels, which is 2, or 8 for few rows.</summary>
    public void Run(byte* codes, nint pitch, int rows, byte* weights, int steps, int panels, int* sums, byte* constants = null)
    {
        var arguments = new PanelArguments
        {
            Codes = codes,
            Pitch = pitch,
            Weights = weights,
            PanelBytes = (nint)steps * _weightBytes,
            StepPairs = steps / 2,
            Constants = constants,
            Sums = sums,
        };
        // A call ends after some microseconds and never waits, so the collector need not be told of it: that would take as long as a small panel.
        ((delegate* unmanaged[SuppressGCTransition]<PanelArguments*, void>)_code[panels == WidePanels ? _maxRows + rows - 1 : rows - 1])(&arguments);
        GC.KeepAlive(_code);
    }
}
