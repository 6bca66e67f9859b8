using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Kernels.Benchmarks;

/// <summary>Experts in libtorch: one for all rows, which is the dense layer that a mixture is compared with, or a loop over the experts, each with the rows that chose it.</summary>
internal sealed class LibTorchMixture : Contestant
{
    private readonly MixtureData _data;
    private readonly bool _isLoop;
    private readonly Tensor _input;
    private readonly Tensor _chosen;
    private readonly Tensor[] _up;
    private readonly Tensor[] _down;
    private Tensor _output = empty(0);

    public LibTorchMixture(string name, MixtureData data, bool isLoop) : base(name)
    {
        (_data, _isLoop) = (data, isLoop);
        _input = tensor(data.Input).reshape(data.Rows, data.Dim);
        _chosen = tensor(data.Chosen.Select(expert => (long)expert).ToArray());
        var count = isLoop ? MixtureData.Experts : 1;
        _up = [.. data.Up.Take(count).Select(weight => tensor(weight).reshape(data.HiddenDim, data.Dim))];
        _down = [.. data.Down.Take(count).Select(weight => tensor(weight).reshape(data.Dim, data.HiddenDim))];
    }

    public override long? Macs => 2L * _data.Rows * _data.Dim * _data.HiddenDim;

    public override long? WeightBytes => 2L * sizeof(float) * _data.Dim * _data.HiddenDim * (_isLoop ? _data.Chosen.Distinct().Count() : 1);

    public override void Run()
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        _output.Dispose();
        if (!_isLoop)
        {
            _output = Expert(_input, 0).DetachFromDisposeScope();
            return;
        }
        var output = zeros(_data.Rows, _data.Dim);
        for (var expert = 0; expert < MixtureData.Experts; expert++)
        {
            var rows = _chosen.eq(expert).nonzero().squeeze(1);
            if (rows.shape[0] > 0)
                output.index_add_(0, rows, Expert(_input.index_select(0, rows), expert), 1);
        }
        _output = output.DetachFromDisposeScope();
    }

    public override float[] Output() => _output.data<float>().ToArray();

    public override void Dispose()
    {
        foreach (var weight in _up.Concat(_down))
            weight.Dispose();
        _input.Dispose();
        _chosen.Dispose();
        _output.Dispose();
    }

    private Tensor Expert(Tensor rows, int expert) => nn.functional.linear(nn.functional.relu(nn.functional.linear(rows, _up[expert])), _down[expert]);
}
