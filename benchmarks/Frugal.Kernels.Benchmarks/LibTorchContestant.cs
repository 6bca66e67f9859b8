using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Kernels.Benchmarks;

/// <summary>libtorch's <c>linear</c> in fp32, as users call it.</summary>
internal sealed class LibTorchContestant : Contestant
{
    private readonly Tensor[] _weights;
    private readonly Tensor _input;
    private readonly Tensor _bias;
    private Tensor _output;
    private int _next;

    public LibTorchContestant(LayerData data, float[] weight, bool rotate) : base("libtorch fp32")
    {
        var bytes = (long)weight.Length * sizeof(float);
        _weights = [.. Enumerable.Range(0, rotate ? LayerData.CopiesBeyondCache(bytes) : 1)
            .Select(_ => tensor(weight).reshape(data.OutFeatures, data.InFeatures))];
        _input = tensor(data.Input).reshape(data.Rows, data.InFeatures);
        _bias = tensor(data.Bias);
        _output = empty(0);
        WeightBytes = bytes;
    }

    public override long? WeightBytes { get; }

    public override long? Macs => _input.shape[0] * _weights[0].numel();

    public override void Run()
    {
        using var mode = inference_mode();
        _output.Dispose();
        _output = nn.functional.linear(_input, _weights[_next], _bias);
        _next = (_next + 1) % _weights.Length;
    }

    public override float[] Output() => _output.data<float>().ToArray();

    public override void Dispose()
    {
        foreach (var weight in _weights)
            weight.Dispose();
        _input.Dispose();
        _bias.Dispose();
        _output.Dispose();
    }
}
