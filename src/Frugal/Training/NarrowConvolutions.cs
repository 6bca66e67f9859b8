using Frugal.Native;
using Frugal.Recipes;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training;

/// <summary>
/// Convolutions with at most 16 input channels and fewer than 16 output channels. oneDNN 3.7.1, as libtorch 2.10 has it, computes the gradient of their input wrongly on processors with
/// AVX-512 and more than one thread: in up to half of the runs some values are off by as much as they are large. Wider and grouped convolutions were never seen to be wrong in 200 to 600
/// runs each, nor was any with one thread.
/// </summary>
internal static class NarrowConvolutions
{
    private const int Block = 16;

    /// <summary>Runs <paramref name="train"/>: with libtorch's own kernels, which are right but slower, if the model has such convolutions and computes on a processor.</summary>
    public static void Run(Subject subject, Action train)
    {
        if (subject.Device.type == DeviceType.CPU)
            Run(subject.Model, train);
        else
            train();
    }

    /// <summary>The same for work with gradients of any module on a processor.</summary>
    public static void Run(Module module, Action work)
    {
        if (!AreIn(module) || !LibTorch.Context.WithoutOneDnn(work))
            work();
    }

    /// <summary>Whether the module holds the weights of such a convolution: <c>[out channels, in channels, height, width]</c>.</summary>
    public static bool AreIn(Module module) => module.parameters().Any(weight => weight.dim() >= 4 && weight.shape[0] < Block && weight.shape[1] <= Block);
}
