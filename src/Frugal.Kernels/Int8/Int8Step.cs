using Iced.Intel;

namespace Frugal.Kernels;

/// <summary><c>VPDPBUSD</c>: four products of an input's unsigned and a weight's signed byte, added to 32 bits without saturation.</summary>
internal sealed class Int8Step : IPanelStep
{
    public void Add(Assembler code, AssemblerRegisterZMM sums, AssemblerRegisterZMM codes, AssemblerRegisterZMM weights, AssemblerRegisterZMM free) =>
        code.vpdpbusd(sums, codes, weights);

    public void Finish(Assembler code, AssemblerRegisterZMM sums)
    {
    }
}
