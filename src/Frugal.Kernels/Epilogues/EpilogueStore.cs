using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary>
/// An <see cref="Epilogue"/> as pointers, and the one loop that applies it: every kernel leaves its sums in scratch memory that is
/// still in the first cache, row by row, and this loop writes them out.
/// </summary>
internal unsafe struct EpilogueStore
{
    public float* Scale;
    public float* Bias;
    public float* Residual;
    public float* Output;
    public int OutFeatures;
    public Activation Activation;

    /// <summary>Stores a block of sums.</summary>
    /// <param name="sums">Sums, <c>[tokens, outputs]</c>.</param>
    /// <param name="pitch">Floats from one token's sums to the next.</param>
    /// <param name="firstToken">Row of the output at which the block begins.</param>
    /// <param name="firstOutput">Column of the output at which the block begins.</param>
    public readonly void Block<TLanes, TVector>(float* sums, nint pitch, int firstToken, int tokens, int firstOutput, int outputs)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        switch (Activation)
        {
            case Activation.Identity: Block<TLanes, TVector, Identity>(sums, pitch, firstToken, tokens, firstOutput, outputs); break;
            case Activation.Relu: Block<TLanes, TVector, Relu>(sums, pitch, firstToken, tokens, firstOutput, outputs); break;
            case Activation.Gelu: Block<TLanes, TVector, Gelu>(sums, pitch, firstToken, tokens, firstOutput, outputs); break;
            case Activation.GeluTanh: Block<TLanes, TVector, GeluTanh>(sums, pitch, firstToken, tokens, firstOutput, outputs); break;
            case Activation.Silu: Block<TLanes, TVector, Silu>(sums, pitch, firstToken, tokens, firstOutput, outputs); break;
            default: throw new InvalidOperationException($"Unknown activation {Activation}.");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Block<TLanes, TVector, TActivation>(
        float* sums, nint pitch, int firstToken, int tokens, int firstOutput, int outputs)
        where TLanes : ILanes<TVector> where TVector : struct where TActivation : IActivation
    {
        var scale = Scale == null ? null : Scale + firstOutput;
        var bias = Bias == null ? null : Bias + firstOutput;
        var whole = outputs - outputs % TLanes.Count;
        for (var token = 0; token < tokens; token++)
        {
            var start = (nint)(firstToken + token) * OutFeatures + firstOutput;
            var output = Output + start;
            var residual = Residual == null ? null : Residual + start;
            for (var i = 0; i < whole; i += TLanes.Count)
            {
                var value = TLanes.Load(sums + i);
                if (scale != null)
                    value = TLanes.Multiply(value, TLanes.Load(scale + i));
                if (bias != null)
                    value = TLanes.Add(value, TLanes.Load(bias + i));
                value = TActivation.Invoke<TLanes, TVector>(value);
                if (residual != null)
                    value = TLanes.Add(value, TLanes.Load(residual + i));
                TLanes.Store(output + i, value);
            }
            if (whole < outputs)
                Remainder<TLanes, TVector, TActivation>(sums, scale, bias, residual, output, whole, outputs - whole);
            sums += pitch;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Remainder<TLanes, TVector, TActivation>(
        float* sums, float* scale, float* bias, float* residual, float* output, int start, int count)
        where TLanes : ILanes<TVector> where TVector : struct where TActivation : IActivation
    {
        var value = TLanes.LoadPartial(sums + start, count);
        if (scale != null)
            value = TLanes.Multiply(value, TLanes.LoadPartial(scale + start, count));
        if (bias != null)
            value = TLanes.Add(value, TLanes.LoadPartial(bias + start, count));
        value = TActivation.Invoke<TLanes, TVector>(value);
        if (residual != null)
            value = TLanes.Add(value, TLanes.LoadPartial(residual + start, count));
        TLanes.StorePartial(output + start, count, value);
    }
}
