using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Frugal.Kernels;

/// <summary>
/// Decodes 64 weights of a few bits in registers and adds their products: the codes are copied to every quarter (or half), shifted by as much as each needs,
/// masked, and looked up in a table of sixteen bytes. Constants: shifts, mask, table, and for 3 bits the value of the high bit, for weights of 128 a table
/// of their other halves, which are added by a second product; that is for one row.
/// </summary>
internal sealed class LowBitStep(int bits, bool hasTop) : IPanelStep
{
    public int WeightBytes => LowBitLayout.StepBytes(bits);

    public int Constants => bits == 3 || hasTop ? 4 : 3;

    public bool NeedsFree => hasTop;

    public void Load(
        Assembler code, AssemblerRegisterZMM weights, AssemblerRegisterZMM free, AssemblerMemoryOperand source, ReadOnlySpan<AssemblerRegisterZMM> constants)
    {
        if (bits == 4)
            code.vbroadcasti64x4(weights, source);
        else
            code.vbroadcasti32x4(weights, source);
        code.vpsrlvd(weights, weights, constants[0]);
        code.vpandd(weights, weights, constants[1]);
        if (bits == 3)
        {
            code.kmovq(k1, source + 16);
            code.vpaddb(weights.k1, weights, constants[3]);
        }
        if (hasTop)
            code.vpshufb(free, constants[3], weights);
        code.vpshufb(weights, constants[2], weights);
    }

    public void Add(Assembler code, AssemblerRegisterZMM sums, AssemblerRegisterZMM codes, AssemblerRegisterZMM weights, AssemblerRegisterZMM free)
    {
        code.vpdpbusd(sums, codes, weights);
        if (hasTop)
            code.vpdpbusd(sums, codes, free);
    }

    public void Finish(Assembler code, AssemblerRegisterZMM sums)
    {
    }

    /// <summary>Writes the constants, 64 bytes each.</summary>
    /// <param name="values">What the codes stand for, sixteen values; half of 128.</param>
    /// <param name="tops">The other half of 128, and zeros.</param>
    public static void WriteConstants(Span<byte> target, int bits, ReadOnlySpan<sbyte> values, ReadOnlySpan<sbyte> tops)
    {
        const int Vector = Panel.StepBytes;
        for (var i = 0; i < Vector; i++)
        {
            // A shift is 32 bits wide, so only the lowest byte of four holds it.
            target[i] = (byte)(i % sizeof(int) != 0 ? 0 : bits == 4 ? i / 32 * 4 : i / 16 * 2);
            target[Vector + i] = (byte)(bits == 4 ? 15 : 3);
            target[2 * Vector + i] = (byte)values[i % 16];
            target[3 * Vector + i] = bits == 3 ? (byte)4 : (byte)tops[i % 16];
        }
    }
}
