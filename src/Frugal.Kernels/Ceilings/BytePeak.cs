using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Frugal.Kernels;

/// <summary>Multiply-adds of bytes in registers, by the instruction that the products of bytes use at a level.</summary>
internal readonly unsafe struct BytePeak(Int8Path path, int repetitions) : IKernelTask
{
    private const int Sums = 12;
    private const int Steps = 1024;

    private static readonly Lazy<AssembledCode?> Code = new(() => AssembledCode.TryAssemble([Write]));

    /// <summary>Runs on all threads of a pool; returns the number of multiply-adds.</summary>
    public static double Run(KernelPool pool, int repetitions)
    {
        var path = Int8Paths.For(pool.Level);
        var task = new BytePeak(path == Int8Path.Assembled && Code.Value is null ? Int8Paths.For(SimdLevel.Avx512) : path, repetitions);
        pool.Run(ref task, Vector512<byte>.Count);
        return (double)pool.Threads * repetitions * Steps * Sums * task.MacsOfInstruction;
    }

    // A product of pairs of 16-bit numbers counts its pairs; without it bytes are widened to the lanes of a sum.
    private int MacsOfInstruction => path switch
    {
        Int8Path.Assembled => Vector512<byte>.Count,
        Int8Path.AvxVnni => Vector256<byte>.Count,
        Int8Path.Avx2 => Vector256<short>.Count,
        _ => Vector256<int>.Count,
    };

    public void Run(int part, int parts, byte* scratch)
    {
        for (var repetition = 0; repetition < repetitions; repetition++)
        {
            switch (path)
            {
                case Int8Path.Assembled:
                    ((delegate* unmanaged<void*, void>)Code.Value![0])(scratch);
                    break;
                case Int8Path.AvxVnni:
                    Chain<Vnni>(scratch);
                    break;
                case Int8Path.Avx2:
                    Chain<Pairs>(scratch);
                    break;
                default:
                    Chain<Widened>(scratch);
                    break;
            }
        }
        GC.KeepAlive(Code.Value);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Chain<TProduct>(byte* target) where TProduct : IProduct
    {
        Vector256<int> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default, i = default, j = default, k = default, l = default;
        for (var step = 0; step < Steps; step++)
        {
            a = TProduct.Add(a);
            b = TProduct.Add(b);
            c = TProduct.Add(c);
            d = TProduct.Add(d);
            e = TProduct.Add(e);
            f = TProduct.Add(f);
            g = TProduct.Add(g);
            h = TProduct.Add(h);
            i = TProduct.Add(i);
            j = TProduct.Add(j);
            k = TProduct.Add(k);
            l = TProduct.Add(l);
        }
        (a + b + c + d + (e + f + g + h) + (i + j + k + l)).Store((int*)target);
    }

    private static void Write(Assembler code)
    {
        CallFrame.Enter(code);
        for (var sum = 0; sum < Sums; sum++)
            code.vpxord(Zmm(sum), Zmm(sum), Zmm(sum));
        code.vpternlogd(Zmm(Sums), Zmm(Sums), Zmm(Sums), 0xFF);
        code.mov(rcx, Steps);
        var loop = code.CreateLabel();
        code.Label(ref loop);
        for (var sum = 0; sum < Sums; sum++)
            code.vpdpbusd(Zmm(sum), Zmm(Sums), Zmm(Sums));
        code.dec(rcx);
        code.jnz(loop);
        CallFrame.Leave(code);
    }

    private static AssemblerRegisterZMM Zmm(int number) => new(Register.ZMM0 + number);

    /// <summary>Adds a product to sums.</summary>
    private interface IProduct
    {
        static abstract Vector256<int> Add(Vector256<int> sums);
    }

    private readonly struct Vnni : IProduct
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<int> Add(Vector256<int> sums) => AvxVnni.MultiplyWideningAndAdd(sums, Vector256<byte>.AllBitsSet, Vector256<sbyte>.One);
    }

    private readonly struct Pairs : IProduct
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<int> Add(Vector256<int> sums) => sums + Avx2.MultiplyAddAdjacent(Vector256<short>.One, sums.AsInt16());
    }

    private readonly struct Widened : IProduct
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<int> Add(Vector256<int> sums) => sums * Vector256.Create(3) + Vector256<int>.One;
    }
}
