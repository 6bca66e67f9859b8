using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Frugal.Kernels;

/// <summary><c>VPEXPANDB</c> spreads a step's values to 64 dense bytes by the mask of their places; <c>VPDPBUSD</c> multiplies and adds.</summary>
/// <param name="n">Values of an output in a step: 1 or 2.</param>
internal sealed class NofMInt8Step(int n) : IPanelStep
{
    public int WeightBytes => NofMInt8Layout.StepBytes(n);

    public int Constants => 0;

    public bool NeedsFree => false;

    public void Load(Assembler code, AssemblerRegisterZMM weights, AssemblerRegisterZMM free, AssemblerMemoryOperand source, ReadOnlySpan<AssemblerRegisterZMM> constants)
    {
        code.kmovq(k1, source + NofMInt8Layout.ValueBytes(n));
        // The form that reads memory is many times slower than a load and the form of registers.
        if (n == 1)
            code.vmovdqu32(new AssemblerRegisterXMM(Register.XMM0 + Number(weights)), source);
        else
            code.vmovdqu32(new AssemblerRegisterYMM(Register.YMM0 + Number(weights)), source);
        code.vpexpandb(weights.k1.z, weights);
    }

    public void Add(Assembler code, AssemblerRegisterZMM sums, AssemblerRegisterZMM codes, AssemblerRegisterZMM weights, AssemblerRegisterZMM free) => code.vpdpbusd(sums, codes, weights);

    public void Finish(Assembler code, AssemblerRegisterZMM sums)
    {
    }

    private static int Number(AssemblerRegisterZMM register) => register.Value - Register.ZMM0;
}
