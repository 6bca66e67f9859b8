using Frugal.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// Convolutions that oneDNN 3.7.1, as libtorch 2.10 has it, was seen to compute wrongly on a processor with AVX-512, in a virtual machine that tells nothing of its caches. With more than 16 input channels that are no multiple of 16, as pruning leaves them, what the last
/// channels add to the output is wrong (every time, by as much as it is; kernels of one point are right). With at most 16 input and fewer than 16 output channels the gradient of the input is wrong in up to half of the
/// runs with more than one thread. The gradients of one point with a stride, between 512 channels and more, end the process with a division by zero. Others were never seen to be wrong in hundreds of runs each.
/// <para>
/// Where <see cref="Native.LibTorch.Load"/> finds oneDNN to be wrong it turns it off, so that every call is right, and this gives its speed back to the networks that it computes rightly. Evaluation, training and
/// measurements do so; put a loop of your own into <see cref="Run(Module, Device, Action)"/>.
/// </para>
/// </summary>
public static class MiscomputedConvolutions
{
    /// <summary>Channels of a block.</summary>
    internal const int Block = 16;

    private const long WideChannels = 512;

    /// <summary>
    /// Runs <paramref name="work"/> with libtorch's own kernels, which are right but slower, if the module has such convolutions and computes on a processor, otherwise with oneDNN. The choice holds for the whole process
    /// meanwhile; where several threads choose differently, oneDNN is off. Where gradients are off (<c>no_grad</c>, <c>inference_mode</c>), those with wrong gradients alone do not count.
    /// </summary>
    /// <param name="module">What is computed.</param>
    /// <param name="device">Where.</param>
    /// <param name="work">Computes it.</param>
    public static void Run(Module module, Device device, Action work)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(work);
        if (device.type != DeviceType.CPU || !LibTorch.Context.WithOneDnn(!AreIn(module, is_grad_enabled()), work))
            work();
    }

    /// <summary>The same for work with a result.</summary>
    public static T Run<T>(Module module, Device device, Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        T? result = default;
        Run(module, device, () => { result = work(); });
        return result!;
    }

    /// <summary>Whether the module holds the weights of such a convolution: <c>[out channels, in channels of a group, height, width]</c>.</summary>
    /// <param name="module">What is computed.</param>
    /// <param name="withGradients">Whether gradients are needed as well.</param>
    /// <remarks>Layers that convolve maps of their input have more input channels than their weights show; they fill them up to whole blocks themselves.</remarks>
    internal static bool AreIn(Module module, bool withGradients) => module.parameters().Any(weight => weight.dim() >= 4 && IsRagged(weight)) || (withGradients && HaveWrongGradients(module));

    private static bool HaveWrongGradients(Module module) =>
        module.parameters().Any(weight => weight.dim() >= 4 && IsNarrow(weight))
        || module.modules().Append(module).Any(layer => layer is KanConv2d { OutChannels: < Block } || (layer is Conv2d convolution && IsWideStep(convolution)));

    // A shortcut of the last stages of a ResNet-50.
    private static bool IsWideStep(Conv2d layer) => Math.Min(layer.in_channels, layer.out_channels) >= WideChannels && layer.kernel_size!.All(side => side == 1) && layer.stride!.Any(step => step > 1);

    private static bool IsNarrow(Tensor weight) => weight.shape[0] < Block && weight.shape[1] <= Block;

    private static bool IsRagged(Tensor weight) => weight.shape[1] > Block && weight.shape[1] % Block != 0 && weight.shape.Skip(2).Any(side => side > 1);
}
