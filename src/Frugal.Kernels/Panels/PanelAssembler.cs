using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Frugal.Kernels;

/// <summary>
/// Writes the innermost loop of a product with panels: all sums of some rows and panels stay in registers, and each load serves as many
/// of them as the registers hold.
/// </summary>
/// <remarks>
///     for each step:  weights of the panels ─▶ registers;  for each row:  word ─▶ all lanes;  step for every panel
/// With more panels than rows it is the rows' words that are kept and the panels' weights that pass. Two steps are written out a turn.
/// </remarks>
internal static class PanelAssembler
{
    private const int Registers = 32;

    // Rows are addressed from pointers to every third of them: base, base + pitch, base + 2 · pitch.
    private const int RowsOfBase = 3;

    // Panels likewise from pointers to every fourth.
    private const int PanelsOfBase = 4;

    private const int WordBytes = sizeof(int);

    private static readonly AssemblerRegister64 Pitch = rax;
    private static readonly AssemblerRegister64 Turns = rcx;
    private static readonly AssemblerRegister64 PanelBytes = r9;
    private static readonly AssemblerRegister64 ThreePanels = r10;
    private static readonly AssemblerRegister64[] RowBases = [r11, rbx, rsi, rdi, r8];
    private static readonly AssemblerRegister64[] PanelBases = [rdx, r8];

    /// <summary>Whether registers and pointers suffice for so many rows and panels.</summary>
    public static bool Fits(IPanelStep step, int rows, int panels) =>
        rows * panels + Math.Min(rows, panels) + step.Constants + (step.NeedsFree ? 2 : 1) <= Registers
        && (panels <= PanelsOfBase ? rows <= RowsOfBase * RowBases.Length : panels <= 2 * PanelsOfBase && rows <= RowsOfBase);

    /// <summary>Writes the function for <paramref name="rows"/> rows and <paramref name="panels"/> panels.</summary>
    public static void Write(Assembler code, IPanelStep step, int rows, int panels)
    {
        if (!Fits(step, rows, panels))
            throw new ArgumentOutOfRangeException(nameof(panels), panels, $"registers do not suffice for {rows} rows and {panels} panels");
        var kept = Math.Min(rows, panels);
        AssemblerRegisterZMM Sum(int row, int panel) => Vector(row * panels + panel);
        AssemblerRegisterZMM Kept(int i) => Vector(rows * panels + i);
        var passing = Vector(rows * panels + kept);
        var constants = new AssemblerRegisterZMM[step.Constants];
        for (var i = 0; i < constants.Length; i++)
            constants[i] = Vector(Registers - 1 - i);
        var free = step.NeedsFree ? Vector(rows * panels + kept + 1) : passing;

        CallFrame.Enter(code);
        code.mov(Pitch, __[CallFrame.Arguments + Offset(nameof(PanelArguments.Constants))]);
        for (var i = 0; i < constants.Length; i++)
            code.vmovdqu32(constants[i], __[Pitch + i * Panel.StepBytes]);
        LoadArguments(code, rows, panels);
        for (var i = 0; i < rows * panels; i++)
            code.vpxord(Vector(i), Vector(i), Vector(i));
        var turn = code.CreateLabel();
        code.Label(ref turn);
        for (var half = 0; half < 2; half++)
        {
            for (var i = 0; i < kept; i++)
                Load(code, step, constants, Kept(i), free, i, half, isWord: rows < panels);
            for (var i = 0; i < Math.Max(rows, panels); i++)
            {
                Load(code, step, constants, passing, free, i, half, isWord: rows >= panels);
                for (var j = 0; j < kept; j++)
                    if (rows < panels)
                        step.Add(code, Sum(j, i), codes: Kept(j), weights: passing, free);
                    else
                        step.Add(code, Sum(i, j), codes: passing, weights: Kept(j), free);
            }
        }
        for (var i = 0; i * RowsOfBase < rows; i++)
            code.add(RowBases[i], 2 * WordBytes);
        for (var i = 0; i * PanelsOfBase < panels; i++)
            code.add(PanelBases[i], 2 * step.WeightBytes);
        code.dec(Turns);
        code.jnz(turn);

        code.mov(Pitch, __[CallFrame.Arguments + Offset(nameof(PanelArguments.Sums))]);
        for (var i = 0; i < rows * panels; i++)
        {
            step.Finish(code, Vector(i));
            code.vmovdqu32(__[Pitch + i * Panel.StepBytes], Vector(i));
        }
        CallFrame.Leave(code);
    }

    private static void LoadArguments(Assembler code, int rows, int panels)
    {
        code.mov(Pitch, __[CallFrame.Arguments + Offset(nameof(PanelArguments.Pitch))]);
        code.mov(Turns, __[CallFrame.Arguments + Offset(nameof(PanelArguments.StepPairs))]);
        code.mov(PanelBytes, __[CallFrame.Arguments + Offset(nameof(PanelArguments.PanelBytes))]);
        code.lea(ThreePanels, __[PanelBytes + PanelBytes * 2]);
        code.mov(PanelBases[0], __[CallFrame.Arguments + Offset(nameof(PanelArguments.Weights))]);
        if (panels > PanelsOfBase)
            code.lea(PanelBases[1], __[PanelBases[0] + PanelBytes * PanelsOfBase]);
        code.mov(RowBases[0], __[CallFrame.Arguments + Offset(nameof(PanelArguments.Codes))]);
        for (var i = 1; i * RowsOfBase < rows; i++)
        {
            code.lea(RowBases[i], __[RowBases[i - 1] + Pitch * 2]);
            code.add(RowBases[i], Pitch);
        }
    }

    private static void Load(
        Assembler code, IPanelStep step, AssemblerRegisterZMM[] constants, AssemblerRegisterZMM target, AssemblerRegisterZMM free,
        int index, int half, bool isWord)
    {
        if (isWord)
        {
            code.vpbroadcastd(target, At(RowBases[index / RowsOfBase], Pitch, index % RowsOfBase) + half * WordBytes);
            return;
        }
        var panel = index % PanelsOfBase == 3
            ? At(PanelBases[index / PanelsOfBase], ThreePanels, 1)
            : At(PanelBases[index / PanelsOfBase], PanelBytes, index % PanelsOfBase);
        step.Load(code, target, free, panel + half * step.WeightBytes, constants);
    }

    private static AssemblerMemoryOperand At(AssemblerRegister64 start, AssemblerRegister64 distance, int times) =>
        times == 0 ? __[start] : __[start + distance * times];

    private static AssemblerRegisterZMM Vector(int index) => new(Register.ZMM0 + index);

    private static int Offset(string field) => (int)Marshal.OffsetOf<PanelArguments>(field);
}
