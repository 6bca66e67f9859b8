using Iced.Intel;

namespace Frugal.Kernels;

/// <summary>
/// One step of a product as instructions: a word of a row's codes, in all sixteen lanes, meets what sixteen outputs have for it.
/// </summary>
internal interface IPanelStep
{
    /// <summary>Bytes that a panel holds for a step.</summary>
    int WeightBytes { get; }

    /// <summary>Vectors of constants, which stay in registers; at a call they lie behind <see cref="PanelArguments.Constants"/>.</summary>
    int Constants { get; }

    /// <summary>Whether a free register is needed.</summary>
    bool NeedsFree { get; }

    /// <summary>Loads a panel's weights for a step, a word for each lane.</summary>
    /// <param name="free">May be changed; with one row, whose panels pass one by one, <see cref="Add"/> finds it as it was left.</param>
    void Load(
        Assembler code, AssemblerRegisterZMM weights, AssemblerRegisterZMM free, AssemblerMemoryOperand source, ReadOnlySpan<AssemblerRegisterZMM> constants);

    /// <summary>Adds the step to <paramref name="sums"/>; <paramref name="free"/> may be changed.</summary>
    void Add(Assembler code, AssemblerRegisterZMM sums, AssemblerRegisterZMM codes, AssemblerRegisterZMM weights, AssemblerRegisterZMM free);

    /// <summary>Makes of the sum of all steps what is stored.</summary>
    void Finish(Assembler code, AssemblerRegisterZMM sums);
}
