using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Kernels.Benchmarks;

/// <summary>libtorch's convolution in fp32, with the zeros that were pruned.</summary>
internal sealed class LibTorchConvolution : Contestant
{
    private readonly ConvolutionData _data;
    private readonly Tensor _input;
    private readonly Tensor _weight;
    private readonly Tensor _bias;
    private Tensor _output = empty(0);

    public LibTorchConvolution(string name, ConvolutionData data, float[] weight) : base(name)
    {
        _data = data;
        _input = tensor(data.Input).reshape(data.Batch, data.Channels, data.Size, data.Size);
        _weight = tensor(weight).reshape(data.Channels, data.Channels, data.Shape.KernelHeight, data.Shape.KernelWidth);
        _bias = tensor(data.Bias);
    }

    public override long? Macs => _data.Macs;

    public override long? WeightBytes => _weight.numel() * sizeof(float);

    public override void Run()
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        _output.Dispose();
        _output = nn.functional.conv2d(_input, _weight, _bias, padding: [1, 1]).DetachFromDisposeScope();
    }

    public override float[] Output() => [.. _output.data<float>()];

    public override void Dispose()
    {
        _input.Dispose();
        _weight.Dispose();
        _bias.Dispose();
        _output.Dispose();
    }
}
