using Iced.Intel;

namespace Frugal.Kernels;

/// <summary><c>VPDPBUSD</c>: four products of an input's unsigned and a weight's signed byte, added to 32 bits without saturation.</summary>
internal sealed class Int8Step : IPanelStep
{
    public int WeightBytes => Panel.StepBytes;

    public int Constants => 0;

    public bool NeedsFree => false;

    public void Load(
        Assembler code, AssemblerRegisterZMM weights, AssemblerRegisterZMM free, AssemblerMemoryOperand source, ReadOnlySpan<AssemblerRegisterZMM> constants) =>
        code.vmovdqu32(weights, source);

    public void Add(Assembler code, AssemblerRegisterZMM sums, AssemblerRegisterZMM codes, AssemblerRegisterZMM weights, AssemblerRegisterZMM free) =>
        code.vpdpbusd(sums, codes, weights);

    public void Finish(Assembler code, AssemblerRegisterZMM sums)
    {
    }
}
