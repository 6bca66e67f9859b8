using Frugal.Kernels;

namespace Frugal.Compression.Packing;

/// <summary>A linear layer whose weights are -1, 0 and 1 times a scale of each output, in two bits; inputs are coded in 8 bits in the call.</summary>
internal sealed class TernaryForm : IWeightForm
{
    public string Name => "ternary";

    public bool IsExact => false;

    public IPackedLinear? TryPack(PackableLayer layer) =>
        layer.IsLinear && layer.FitsInt8 && IsTernary(layer.Weight, layer.InFeatures)
            ? PackedLowBit.Pack(layer.Weight, layer.OutFeatures, layer.InFeatures, LowBitValues.Ternary)
            : null;

    private static bool IsTernary(ReadOnlySpan<float> weight, int inFeatures)
    {
        for (int first = 0; first < weight.Length; first += inFeatures)
        {
            float scale = 0;
            foreach (float value in weight.Slice(first, inFeatures))
            {
                if (value == 0)
                    continue;
                if (scale != 0 && Math.Abs(value) != scale)
                    return false;
                scale = Math.Abs(value);
            }
        }
        return true;
    }
}
