using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Frugal.Kernels;

/// <summary>
/// Entry and return of an assembled function with one pointer argument, for the calling conventions of Windows and of everything else:
/// between the two every vector register and the registers of <see cref="Free"/> may be used, and <see cref="Arguments"/> holds the pointer.
/// </summary>
internal static class CallFrame
{
    private const int FirstSavedVector = 6;
    private const int SavedVectors = 10;
    private const int VectorBytes = 16;

    private static readonly AssemblerRegister64[] Saved = [rbx, rsi, rdi, r12];

    /// <summary>The pointer to the arguments.</summary>
    public static AssemblerRegister64 Arguments => r12;

    /// <summary>General registers that the function may change.</summary>
    public static IReadOnlyList<AssemblerRegister64> Free { get; } = [rax, rcx, rdx, r8, r9, r10, r11, rbx, rsi, rdi];

    public static void Enter(Assembler code)
    {
        foreach (var register in Saved)
            code.push(register);
        if (!OperatingSystem.IsWindows())
        {
            code.mov(Arguments, rdi);
            return;
        }
        code.mov(Arguments, rcx);
        // Windows alone wants the lower halves of ten vector registers back.
        code.sub(rsp, SavedVectors * VectorBytes);
        for (var i = 0; i < SavedVectors; i++)
            code.vmovups(__[rsp + i * VectorBytes], new AssemblerRegisterXMM(Register.XMM0 + FirstSavedVector + i));
    }

    public static void Leave(Assembler code)
    {
        code.vzeroupper();
        if (OperatingSystem.IsWindows())
        {
            for (var i = 0; i < SavedVectors; i++)
                code.vmovups(new AssemblerRegisterXMM(Register.XMM0 + FirstSavedVector + i), __[rsp + i * VectorBytes]);
            code.add(rsp, SavedVectors * VectorBytes);
        }
        foreach (var register in Saved.Reverse())
            code.pop(register);
        code.ret();
    }
}
