using Iced.Intel;

namespace Frugal.Kernels;

/// <summary>Counts where 32 signs of an input and of a weight differ. The sum is stored doubled: Σ ± 1 · ± 1 = inputs - 2 · differing.</summary>
internal sealed class BinaryStep : IPanelStep
{
    public int WeightBytes => Panel.StepBytes;

    public int Constants => 0;

    public bool NeedsFree => true;

    public void Load(
        Assembler code, AssemblerRegisterZMM weights, AssemblerRegisterZMM free, AssemblerMemoryOperand source, ReadOnlySpan<AssemblerRegisterZMM> constants) =>
        code.vmovdqu32(weights, source);

    public void Add(Assembler code, AssemblerRegisterZMM sums, AssemblerRegisterZMM codes, AssemblerRegisterZMM weights, AssemblerRegisterZMM free)
    {
        code.vpxord(free, codes, weights);
        code.vpopcntd(free, free);
        code.vpaddd(sums, sums, free);
    }

    public void Finish(Assembler code, AssemblerRegisterZMM sums) => code.vpaddd(sums, sums, sums);
}
