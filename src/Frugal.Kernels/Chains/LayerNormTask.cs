using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Frugal.Kernels;

/// <summary>One call of a layer normalisation: threads share the rows. A row is read three times, from the first cache after the first.</summary>
internal readonly unsafe struct LayerNormTask(
    float* input, float* output, float* weight, float* bias, int rows, int features, float epsilon, SimdLevel level) : IKernelTask
{
    private readonly float* _input = input;
    private readonly float* _output = output;
    private readonly float* _weight = weight;
    private readonly float* _bias = bias;

    public void Run(int part, int parts, byte* scratch)
    {
        var end = (int)((long)rows * (part + 1) / parts);
        for (var row = (int)((long)rows * part / parts); row < end; row++)
        {
            var x = _input + (nint)row * features;
            var y = _output + (nint)row * features;
            if (level >= SimdLevel.Avx512)
                Row<Lanes512, Vector512<float>>(x, y);
            else if (level == SimdLevel.Avx2)
                Row<Lanes256, Vector256<float>>(x, y);
            else
                Row<Lanes128, Vector128<float>>(x, y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Row<TLanes, TVector>(float* x, float* y) where TLanes : ILanes<TVector> where TVector : struct
    {
        TVector sum = default;
        var i = 0;
        for (; i + TLanes.Count <= features; i += TLanes.Count)
            sum = TLanes.Add(sum, TLanes.Load(x + i));
        var rest = features - i;
        if (rest > 0)
            sum = TLanes.Add(sum, TLanes.LoadPartial(x + i, rest));
        var mean = TLanes.Sum(sum) / features;

        // The squares of what is left without the mean: from the sum of squares little would be left of a small variance beside a large mean.
        var middle = TLanes.Broadcast(mean);
        TVector squares = default;
        for (i = 0; i + TLanes.Count <= features; i += TLanes.Count)
        {
            var distance = TLanes.Subtract(TLanes.Load(x + i), middle);
            squares = TLanes.MultiplyAdd(distance, distance, squares);
        }
        var variance = TLanes.Sum(squares);
        for (; i < features; i++)
            variance += (x[i] - mean) * (x[i] - mean);
        var inverse = 1 / MathF.Sqrt(variance / features + epsilon);

        var factor = TLanes.Broadcast(inverse);
        for (i = 0; i + TLanes.Count <= features; i += TLanes.Count)
        {
            var value = TLanes.Multiply(TLanes.Subtract(TLanes.Load(x + i), middle), factor);
            TLanes.Store(y + i, TLanes.MultiplyAdd(value, TLanes.Load(_weight + i), TLanes.Load(_bias + i)));
        }
        for (; i < features; i++)
            y[i] = (x[i] - mean) * inverse * _weight[i] + _bias[i];
    }
}
