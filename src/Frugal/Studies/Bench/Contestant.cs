using Frugal.Kernels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Studies.Bench;

/// <summary>One form of a network or layer, ready to be timed.</summary>
/// <param name="Form">Its name.</param>
/// <param name="Module">What runs.</param>
/// <param name="Bytes">Bytes of its weights.</param>
/// <param name="MacsPerExample">Multiply-adds that it does for one entry of the first dimension, or null where nobody knows.</param>
/// <param name="AsBytes">Whether those are of bytes.</param>
internal sealed record Contestant(string Form, Module<Tensor, Tensor> Module, long Bytes, long? MacsPerExample, bool AsBytes)
{
    /// <summary>The least seconds that the machine could take for so many entries.</summary>
    public double? LeastSeconds(MachineCeiling ceiling, long examples) =>
        MacsPerExample is { } macs ? ceiling.LeastSeconds(macs * examples, Bytes, AsBytes) : null;

    /// <summary>A finished file.</summary>
    public static Contestant OfFile(Module<Tensor, Tensor> file) => new("onnx file", file, BytesOf(file), null, AsBytes: false);

    /// <summary>A packed form. What it does with codes of its own is not multiply-adds of floats, and no ceiling is known for it.</summary>
    public static Contestant OfPacked(Module<Tensor, Tensor> packed, long macs)
    {
        bool hasCodes = packed.buffers().Any(buffer => buffer.dtype is ScalarType.Byte or ScalarType.Int8);
        return new("packed", packed, BytesOf(packed), hasCodes ? null : macs, AsBytes: false);
    }

    /// <summary>Bytes of a module's parameters and buffers.</summary>
    public static long BytesOf(Module module) => module.parameters().Concat(module.buffers()).Sum(tensor => tensor.numel() * tensor.element_size());
}
