using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary>Applies the epilogue to a vector of neighbouring outputs, token by token, and stores it.</summary>
internal readonly unsafe struct EpilogueRows<TLanes, TVector, TActivation>
    where TLanes : ILanes<TVector> where TVector : struct where TActivation : IActivation
{
    private readonly TVector _scale;
    private readonly TVector _bias;
    private readonly float* _output;
    private readonly float* _residual;
    private readonly nint _pitch;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public EpilogueRows(in EpilogueStore store, int firstToken, int firstOutput)
    {
        _scale = store.Scale == null ? TLanes.Broadcast(1) : TLanes.Load(store.Scale + firstOutput);
        _bias = store.Bias == null ? default : TLanes.Load(store.Bias + firstOutput);
        _pitch = store.OutFeatures;
        var place = firstToken * _pitch + firstOutput;
        _output = store.Output + place;
        _residual = store.Residual == null ? null : store.Residual + place;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Take(nint row, TVector value)
    {
        value = TActivation.Invoke<TLanes, TVector>(TLanes.MultiplyAdd(value, _scale, _bias));
        if (_residual != null)
            value = TLanes.Add(value, TLanes.Load(_residual + row * _pitch));
        TLanes.Store(_output + row * _pitch, value);
    }
}
