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

    private PanelCode(AssembledCode code) => _code = code;

    /// <summary>Assembles the functions, or returns null where the system forbids it.</summary>
    public static PanelCode? TryAssemble(IPanelStep step)
    {
        var functions = new List<Action<Iced.Intel.Assembler>>();
        for (var rows = 1; rows <= MaxRows; rows++)
        {
            var count = rows;
            functions.Add(code => PanelAssembler.Write(code, step, count, panels: 2));
        }
        for (var rows = 1; rows <= MaxWideRows; rows++)
        {
            var count = rows;
            functions.Add(code => PanelAssembler.Write(code, step, count, WidePanels));
        }
        return AssembledCode.TryAssemble(functions) is { } assembled ? new(assembled) : null;
    }

    /// <summary>Where the functions lie.</summary>
    public nint Address => _code.Pages.Address;

    /// <summary>Writes the sums of <paramref name="rows"/> rows and <paramref name="panels"/> panels, which is 2, or 8 for few rows.</summary>
    public void Run(int rows, int panels, ref PanelArguments arguments)
    {
        var function = (delegate* unmanaged<PanelArguments*, void>)_code[panels == WidePanels ? MaxRows + rows - 1 : rows - 1];
        fixed (PanelArguments* pointer = &arguments)
            function(pointer);
        GC.KeepAlive(_code);
    }
}
