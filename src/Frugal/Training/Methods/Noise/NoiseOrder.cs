namespace Frugal.Training.Methods.Noise;

/// <summary>Whether noise is added before or after gradients are clipped.</summary>
public enum NoiseOrder
{
    /// <summary>The noise keeps its stated variance, and gradients that are zero still receive it.</summary>
    ClipThenNoise,

    /// <summary>The noise is clipped together with the gradients.</summary>
    NoiseThenClip,
}
