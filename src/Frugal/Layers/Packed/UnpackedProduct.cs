using System.Runtime.InteropServices;
using Frugal.Graphs;
using Frugal.Kernels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Packed;

/// <summary>Packed products in libtorch's operators: with the weights that codes stand for, and with inputs coded as the kernels code them.</summary>
internal static class UnpackedProduct
{
    // As in the kernels: the largest code, and the smallest step, whose reciprocal is finite.
    private const float Levels = 255, MinScale = 1.17549435e-38f;

    /// <summary>What a packed weight and a bias compute.</summary>
    /// <param name="packed">The packed weight.</param>
    /// <param name="bias"><c>[out]</c>, or null; it belongs to no dispose scope.</param>
    public static UnpackedLayer Of(IPackedLinear packed, Tensor? bias)
    {
        var weights = new Dictionary<string, Tensor>();
        if (bias is not null)
            weights["bias"] = bias;
        if (packed is PackedLowRankInt8)
        {
            var (down, up) = (Add("down.weight", Factor(packed, "down.")), Add("up.weight", Factor(packed, "up.")));
            return new(weights, input => functional.linear(Coded(functional.linear(Coded(input), down)), up, bias));
        }
        var weight = Add("weight", Values(packed));
        return packed switch
        {
            PackedInt8 or PackedLowBit or PackedNofMInt8 => new(weights, input => functional.linear(Coded(input), weight, bias)),
            PackedBinary binary => Signs(binary),
            _ => new(weights, input => functional.linear(input, weight, bias)),
        };

        Tensor Add(string name, Tensor values) => weights[name] = values;

        // The scale of a row comes out of the product, and the term of low rank is given the inputs as they are.
        UnpackedLayer Signs(PackedBinary binary)
        {
            var shift = Extra(binary, "shift", [binary.InFeatures]);
            var (down, up) = (Extra(binary, "down", [-1, binary.InFeatures]), Extra(binary, "up", [binary.OutFeatures, -1]));
            foreach (var (name, extra) in new[] { ("shift", shift), ("down.weight", down), ("up.weight", up) })
                if (extra is not null)
                    weights[name] = extra;
            return new(weights, input =>
            {
                var isNegative = shift is null ? input.lt(0) : input.lt(-shift);
                var output = functional.linear(where(isNegative, tensor(-1f), tensor(1f)), weight);
                if (binary.ScalesRows)
                    output *= input.abs().mean([-1], keepdim: true);
                if (down is not null)
                    output += functional.linear(functional.linear(input, down), up!);
                return bias is null ? output : output + bias;
            });
        }
    }

    /// <summary>Inputs as the kernels code them: each row over its own range, zero included (Kernels.RowQuantizer, in the same arithmetic).</summary>
    public static Tensor Coded(Tensor input) => Coded(input, -1);

    /// <summary>Images likewise, each over its own range.</summary>
    /// <param name="input"><c>[batch, channels, height, width]</c>.</param>
    public static Tensor CodedImages(Tensor input) => Coded(input, 1, 2, 3);

    private static Tensor Coded(Tensor input, params long[] axes)
    {
        var (low, high) = (input.amin(axes, keepdim: true).clamp_max(0), input.amax(axes, keepdim: true).clamp_min(0));
        var scale = (high / Levels - low / Levels).clamp_min(MinScale);
        var inverse = 1 / scale;
        var zero = (-low * inverse).round().clamp_max(Levels);
        return (((input * inverse).round() + zero).clamp(0, Levels) - zero) * scale;
    }

    private static Tensor Factor(IPackedLinear packed, string prefix)
    {
        var arrays = packed.Export().Arrays.Where(array => array.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(array => array.Key[prefix.Length..], array => array.Value);
        return Values(PackedInt8.Import(new(PackedInt8.Format, arrays)));
    }

    private static Tensor? Extra(PackedBinary packed, string name, long[] shape)
    {
        using var scope = NewDisposeScope();
        float[] values = [.. MemoryMarshal.Cast<byte, float>(packed.Export().Arrays[name].Data.Span)];
        return values.Length == 0 ? null : tensor(values).reshape(shape).clone().DetachFromDisposeScope();
    }

    private static Tensor Values(IPackedLinear packed)
    {
        float[] values = new float[(long)packed.OutFeatures * packed.InFeatures];
        packed.Unpack(values);
        return tensor(values, [packed.OutFeatures, packed.InFeatures]).DetachFromDisposeScope();
    }
}
