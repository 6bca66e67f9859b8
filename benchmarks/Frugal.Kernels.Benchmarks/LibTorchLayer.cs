using Frugal.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Kernels.Benchmarks;

/// <summary>A layer of several factors made of libtorch's operators (batched products, permutations, einsum): what a user has without kernels of our own.</summary>
internal sealed class LibTorchLayer : Contestant
{
    private readonly Layer[] _copies;
    private readonly Tensor _input;
    private Tensor _output = empty(0);
    private int _next;

    /// <param name="build">Builds a layer with random weights.</param>
    /// <param name="macsPerRow">Multiply-adds of a row; null where each weight is used once.</param>
    public LibTorchLayer(string name, LayerData data, Func<Layer> build, long? macsPerRow, bool rotate) : base($"naive {name}")
    {
        var first = build();
        var weights = first.parameters().Where(parameter => parameter.dim() > 1).Sum(parameter => parameter.numel());
        (WeightBytes, Macs) = (weights * sizeof(float), data.Rows * (macsPerRow ?? weights));
        _copies = [first, .. Enumerable.Range(0, rotate ? LayerData.CopiesBeyondCache(WeightBytes.Value) - 1 : 0).Select(_ => build())];
        foreach (var copy in _copies)
            copy.eval();
        _input = tensor(data.Input).reshape(data.Rows, data.InFeatures);
    }

    public override long? WeightBytes { get; }

    public override long? Macs { get; }

    public static LibTorchLayer Monarch(LayerData data, int blocks, bool rotate)
    {
        using var generator = new Generator(1);
        return new($"Monarch {blocks} blocks", data, () => MonarchLinear.Create(data.InFeatures, data.OutFeatures, blocks, hasBias: true, generator), macsPerRow: null, rotate);
    }

    public static LibTorchLayer Mpo(LayerData data, int bond, bool rotate) =>
        new($"MPO bond {bond}", data, () => new MpoLinear(data.InFeatures, data.OutFeatures, bond), data.Mpo(bond).MacsPerRow, rotate);

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
