using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary>An <see cref="Epilogue"/> as pointers for outputs <c>[images, OutChannels, Pixels]</c>, and the loop that applies it to sums whose lanes are pixels.</summary>
internal unsafe struct PixelStore
{
    public float* Scale;
    public float* Bias;
    public float* Residual;
    public float* Output;
    public int OutChannels;
    public int Pixels;
    public Activation Activation;

    /// <summary>Stores a block of sums.</summary>
    /// <param name="sums"><c>[outputs, pitch]</c>, of which the first <paramref name="pixels"/> of each row count; whole vectors of them may be read.</param>
    /// <param name="pitch">Floats from one output's sums to the next.</param>
    /// <param name="firstOutput">Channel at which the block begins.</param>
    /// <param name="firstPixel">Pixel at which it begins, counted over all images.</param>
    public readonly void Block<TLanes, TVector>(float* sums, nint pitch, int firstOutput, int outputs, long firstPixel, int pixels)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        switch (Activation)
        {
            case Activation.Identity: Block<TLanes, TVector, Identity>(sums, pitch, firstOutput, outputs, firstPixel, pixels); break;
            case Activation.Relu: Block<TLanes, TVector, Relu>(sums, pitch, firstOutput, outputs, firstPixel, pixels); break;
            case Activation.Gelu: Block<TLanes, TVector, Gelu>(sums, pitch, firstOutput, outputs, firstPixel, pixels); break;
            case Activation.GeluTanh: Block<TLanes, TVector, GeluTanh>(sums, pitch, firstOutput, outputs, firstPixel, pixels); break;
            case Activation.Silu: Block<TLanes, TVector, Silu>(sums, pitch, firstOutput, outputs, firstPixel, pixels); break;
            default: throw new InvalidOperationException($"Unknown activation {Activation}.");
        }
    }

    private readonly void Block<TLanes, TVector, TActivation>(float* sums, nint pitch, int firstOutput, int outputs, long firstPixel, int pixels)
        where TLanes : ILanes<TVector> where TVector : struct where TActivation : IActivation
    {
        for (var done = 0; done < pixels;)
        {
            var (image, pixel) = Math.DivRem(firstPixel + done, Pixels);
            var count = (int)Math.Min(Pixels - pixel, pixels - done);
            var place = (nint)((image * OutChannels + firstOutput) * Pixels + pixel);
            for (var output = 0; output < outputs; output++, place += Pixels)
                Row<TLanes, TVector, TActivation>(sums + output * pitch + done, firstOutput + output, place, count);
            done += count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Row<TLanes, TVector, TActivation>(float* sums, int output, nint place, int count)
        where TLanes : ILanes<TVector> where TVector : struct where TActivation : IActivation
    {
        var scale = TLanes.Broadcast(Scale == null ? 1 : Scale[output]);
        var bias = TLanes.Broadcast(Bias == null ? 0 : Bias[output]);
        var i = 0;
        for (; i + TLanes.Count <= count; i += TLanes.Count)
        {
            var value = TActivation.Invoke<TLanes, TVector>(TLanes.MultiplyAdd(TLanes.Load(sums + i), scale, bias));
            if (Residual != null)
                value = TLanes.Add(value, TLanes.Load(Residual + place + i));
            TLanes.Store(Output + place + i, value);
        }
        if (i == count)
            return;
        var rest = TActivation.Invoke<TLanes, TVector>(TLanes.MultiplyAdd(TLanes.LoadPartial(sums + i, count - i), scale, bias));
        if (Residual != null)
            rest = TLanes.Add(rest, TLanes.LoadPartial(Residual + place + i, count - i));
        TLanes.StorePartial(Output + place + i, count - i, rest);
    }
}
