using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Frugal.Kernels;

/// <summary>Spreads N of four weights to dense panels, where the processor has no instruction for it: four outputs at a time by a shuffle whose control is looked up by their places.</summary>
internal static unsafe class NofMInt8Spreader
{
    /// <summary>A byte that a shuffle makes zero.</summary>
    private const uint Absent = 0x80;

    /// <summary>For the places of one output, the value that each of its four inputs takes.</summary>
    private static readonly uint[] Controls = [.. Enumerable.Range(0, 16).Select(Control)];

    /// <param name="weights"><paramref name="steps"/> steps as <see cref="NofMInt8Layout"/> lays them.</param>
    /// <param name="target">Receives 64 bytes a step.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int n, byte* weights, int steps, byte* target)
    {
        var stepBytes = NofMInt8Layout.StepBytes(n);
        // The values of the second, third and fourth output stand behind those of the first; what is absent stays so.
        var offsets = Vector128.Create(0u, 1, 2, 3) * ((uint)n * 0x01010101);
        fixed (uint* controls = Controls)
        {
            for (; steps > 0; steps--, weights += stepBytes)
            {
                var places = (ushort*)(weights + NofMInt8Layout.ValueBytes(n));
                for (var four = 0; four < 4; four++, target += 16)
                {
                    uint mask = places[four];
                    var control = Vector128.Create(controls[mask & 15], controls[mask >> 4 & 15], controls[mask >> 8 & 15], controls[mask >> 12]) + offsets;
                    var values = n == 1 ? *(uint*)(weights + 4 * four) : *(ulong*)(weights + 8 * four);
                    Vector128.Shuffle(Vector128.CreateScalar(values).AsByte(), control.AsByte()).Store(target);
                }
            }
        }
    }

    private static uint Control(int mask)
    {
        var control = 0u;
        for (var input = 0; input < Int8Product.InputsOfWord; input++)
            control |= ((mask >> input & 1) != 0 ? (uint)BitOperations.PopCount((uint)mask & (1u << input) - 1) : Absent) << 8 * input;
        return control;
    }
}
