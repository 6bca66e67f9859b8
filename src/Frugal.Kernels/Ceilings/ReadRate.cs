using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Frugal.Kernels;

/// <summary>Reads memory of a given size again and again, each thread a part of its own.</summary>
internal sealed unsafe class ReadRate(int bytes)
{
    private readonly AlignedBuffer<float> memory = new(bytes / sizeof(float));

    /// <summary>Bytes in a second, as <paramref name="bestRate"/> finds them.</summary>
    public double Measure(KernelPool pool, Func<Func<KernelPool, int, double>, double> bestRate)
    {
        double rate = bestRate(Read);
        GC.KeepAlive(memory);
        return rate;
    }

    private double Read(KernelPool pool, int repetitions)
    {
        var task = new Task(memory.Pointer, memory.Length, repetitions);
        pool.Run(ref task, Vector512<byte>.Count);
        return (double)memory.Bytes * repetitions;
    }

    private readonly struct Task(float* start, int length, int repetitions) : IKernelTask
    {
        private const int Vectors = 8;

        public void Run(int part, int parts, byte* scratch)
        {
            int block = Vectors * Vector512<float>.Count, blocks = length / block;
            float* from = start + (long)blocks * part / parts * block, to = start + (long)blocks * (part + 1) / parts * block;
            var sum = Vector512<float>.Zero;
            for (var repetition = 0; repetition < repetitions; repetition++)
                sum += Sum(from, to, block);
            sum.Store((float*)scratch);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static Vector512<float> Sum(float* from, float* to, int block)
        {
            Vector512<float> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
            for (var at = from; at < to; at += block)
            {
                a += Vector512.Load(at);
                b += Vector512.Load(at + 16);
                c += Vector512.Load(at + 32);
                d += Vector512.Load(at + 48);
                e += Vector512.Load(at + 64);
                f += Vector512.Load(at + 80);
                g += Vector512.Load(at + 96);
                h += Vector512.Load(at + 112);
            }
            return a + b + c + d + (e + f + g + h);
        }
    }
}
