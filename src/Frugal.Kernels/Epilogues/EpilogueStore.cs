using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary>
/// An <see cref="Epilogue"/> as pointers, and the one loop that applies it: every kernel leaves its sums in scratch memory that is
/// still in the first cache, laid as the output is, and this loop writes them out.
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
    /// <param name="sums"><c>[tokens, outputs]</c>.</param>
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
        var i = 0;
        for (; i + 4 * TLanes.Count <= outputs; i += 4 * TLanes.Count)
        {
            // Whole rows of several cache lines: the rows of the output often lie a multiple of 4 KB apart, where single lines push each other out.
            var a = new EpilogueRows<TLanes, TVector, TActivation>(this, firstToken, firstOutput + i);
            var b = new EpilogueRows<TLanes, TVector, TActivation>(this, firstToken, firstOutput + i + TLanes.Count);
            var c = new EpilogueRows<TLanes, TVector, TActivation>(this, firstToken, firstOutput + i + 2 * TLanes.Count);
            var d = new EpilogueRows<TLanes, TVector, TActivation>(this, firstToken, firstOutput + i + 3 * TLanes.Count);
            var row = sums + i;
            for (var token = 0; token < tokens; token++, row += pitch)
            {
                a.Take(token, TLanes.Load(row));
                b.Take(token, TLanes.Load(row + TLanes.Count));
                c.Take(token, TLanes.Load(row + 2 * TLanes.Count));
                d.Take(token, TLanes.Load(row + 3 * TLanes.Count));
            }
        }
        for (; i + TLanes.Count <= outputs; i += TLanes.Count)
        {
            var a = new EpilogueRows<TLanes, TVector, TActivation>(this, firstToken, firstOutput + i);
            for (var token = 0; token < tokens; token++)
                a.Take(token, TLanes.Load(sums + token * pitch + i));
        }
        if (i < outputs)
            Remainder<TLanes, TVector, TActivation>(sums + i, pitch, firstToken, tokens, firstOutput + i, outputs - i);
    }

    /// <summary>Outputs that do not fill a vector: nothing beside them may be read or written.</summary>
    private readonly void Remainder<TLanes, TVector, TActivation>(
        float* sums, nint pitch, int firstToken, int tokens, int firstOutput, int count)
        where TLanes : ILanes<TVector> where TVector : struct where TActivation : IActivation
    {
        var scale = Scale == null ? TLanes.Broadcast(1) : TLanes.LoadPartial(Scale + firstOutput, count);
        var bias = Bias == null ? default : TLanes.LoadPartial(Bias + firstOutput, count);
        for (var token = 0; token < tokens; token++)
        {
            var place = (nint)(firstToken + token) * OutFeatures + firstOutput;
            var value = TLanes.MultiplyAdd(TLanes.LoadPartial(sums + token * pitch, count), scale, bias);
            value = TActivation.Invoke<TLanes, TVector>(value);
            if (Residual != null)
                value = TLanes.Add(value, TLanes.LoadPartial(Residual + place, count));
            TLanes.StorePartial(Output + place, count, value);
        }
    }
}
