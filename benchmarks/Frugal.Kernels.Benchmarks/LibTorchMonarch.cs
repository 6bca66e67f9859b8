using Frugal.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Kernels.Benchmarks;

/// <summary>A Monarch layer made of libtorch's operators, two batched products with permutations between: what a user has without kernels of our own.</summary>
internal sealed class LibTorchMonarch : Contestant
{
    private readonly MonarchLinear[] _copies;
    private readonly Tensor _input;
    private Tensor _output = empty(0);
    private int _next;

    public LibTorchMonarch(LayerData data, int blocks, bool rotate) : base($"naive Monarch {blocks} blocks")
    {
        using var generator = new Generator(1);
        var first = MonarchLinear.Create(data.InFeatures, data.OutFeatures, blocks, hasBias: true, generator);
        var weights = first.parameters().Where(parameter => parameter.dim() > 1).Sum(parameter => parameter.numel());
        (WeightBytes, Macs) = (weights * sizeof(float), data.Rows * weights);
        _copies = [first, .. Enumerable.Range(0, rotate ? LayerData.CopiesBeyondCache(WeightBytes.Value) - 1 : 0)
            .Select(_ => MonarchLinear.Create(data.InFeatures, data.OutFeatures, blocks, hasBias: true, generator))];
        foreach (var copy in _copies)
            copy.eval();
        _input = tensor(data.Input).reshape(data.Rows, data.InFeatures);
    }

    public override long? WeightBytes { get; }

    public override long? Macs { get; }

    public override void Run()
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        _output.Dispose();
        _output = _copies[_next].forward(_input).DetachFromDisposeScope();
        _next = (_next + 1) % _copies.Length;
    }

    public override float[] Output() => [.. _output.data<float>()];

    public override void Dispose()
    {
        foreach (var copy in _copies)
            copy.Dispose();
        _input.Dispose();
        _output.Dispose();
    }
}
