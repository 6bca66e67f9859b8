namespace Frugal.Kernels;

/// <summary>An activation as a type, so that the one store loop is compiled with it inlined.</summary>
internal interface IActivation
{
    static abstract TVector Invoke<TLanes, TVector>(TVector x) where TLanes : ILanes<TVector> where TVector : struct;
}
