using Frugal.Kernels;
using Frugal.Layers.Packed;
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

    /// <summary>Bytes of a module's parameters and buffers.</summary>
    public static long BytesOf(Module module) => module.parameters().Concat(module.buffers()).Sum(tensor => tensor.numel() * tensor.element_size());

    /// <summary>Multiply-adds of the packed layers below a module for one example of a shape; they are seen as the example passes.</summary>
    public static long PackedMacs(Module<Tensor, Tensor> module, IReadOnlyList<long> inputShape)
    {
        long macs = 0;
        var hooks = module.modules().Prepend(module).OfType<Module<Tensor, Tensor>>().Where(part => part is IPackedLayer).Distinct().Select(part => part.register_forward_hook((layer, input, output) =>
        {
            var packed = (IPackedLayer)layer;
            macs += input.numel() / packed.InFeatures * packed.MacsPerRow;
            return output;
        })).ToList();
        try
        {
            using var scope = NewDisposeScope();
            using var mode = inference_mode();
            module.call(zeros([1, .. inputShape.Skip(1)]));
            return macs;
        }
        finally
        {
            hooks.ForEach(hook => hook.remove());
        }
    }
}
