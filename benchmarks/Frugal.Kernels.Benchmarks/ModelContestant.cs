using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Kernels.Benchmarks;

/// <summary>A whole network on one image.</summary>
internal sealed class ModelContestant(string name, Module<Tensor, Tensor> model, Tensor image) : Contestant(name)
{
    private Tensor _output = empty(0);

    public override long? Macs => null;

    public override void Run()
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        _output.Dispose();
        _output = model.forward(image).DetachFromDisposeScope();
    }

    public override float[] Output() => [.. _output.data<float>()];

    public override void Dispose()
    {
        model.Dispose();
        _output.Dispose();
    }
}
