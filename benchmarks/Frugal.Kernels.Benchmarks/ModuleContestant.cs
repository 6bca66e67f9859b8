using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Kernels.Benchmarks;

/// <summary>A layer as a user of Frugal calls it, through TorchSharp.</summary>
internal sealed class ModuleContestant : Contestant
{
    private readonly Module<Tensor, Tensor> _layer;
    private readonly Tensor _input;
    private Tensor _output = empty(0);

    /// <param name="layer">The layer, owned from here on.</param>
    /// <param name="input"><c>[rows, in]</c>, owned from here on.</param>
    public ModuleContestant(string name, Module<Tensor, Tensor> layer, Tensor input) : base(name)
    {
        (_layer, _input) = (layer, input);
        _layer.eval();
    }

    /// <summary><c>[rows, in]</c>.</summary>
    public Tensor Input => _input;

    public override long? Macs => null;

    public override void Run()
    {
        using var mode = inference_mode();
        _output.Dispose();
        _output = _layer.call(_input).DetachFromDisposeScope();
    }

    public override float[] Output() => [.. _output.data<float>()];

    public override void Dispose()
    {
        _layer.Dispose();
        _input.Dispose();
        _output.Dispose();
    }
}
