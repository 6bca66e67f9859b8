using Iced.Intel;

namespace Frugal.Kernels;

/// <summary>
/// One step of a product as instructions: a word of a row's codes, in all sixteen lanes, meets the 64 bytes that sixteen outputs have for it.
/// </summary>
internal interface IPanelStep
{
    /// <summary>Adds the step to <paramref name="sums"/>; <paramref name="free"/> may be changed.</summary>
    void Add(Assembler code, AssemblerRegisterZMM sums, AssemblerRegisterZMM codes, AssemblerRegisterZMM weights, AssemblerRegisterZMM free);

    /// <summary>Makes of the sum of all steps what is stored.</summary>
    void Finish(Assembler code, AssemblerRegisterZMM sums);
}
