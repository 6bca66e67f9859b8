using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>A residual branch, <c>x + dropPath(γ ⊙ main(x))</c>. Names: <c>main</c>, <c>layer_scale</c> γ <c>[dim, 1, 1]</c> where there is one.</summary>
public sealed class ScaledBranch : Module<Tensor, Tensor>
{
    private Module<Tensor, Tensor> main, drop_path;
    private Parameter? layer_scale;

    /// <param name="main">What the branch computes.</param>
    /// <param name="dim">Channels.</param>
    /// <param name="layerScale">What γ begins with; null for none.</param>
    /// <param name="dropPathRate">Probability of dropping the branch of an example in training.</param>
    public ScaledBranch(Module<Tensor, Tensor> main, long dim, double? layerScale, double dropPathRate) : base(nameof(ScaledBranch))
    {
        this.main = main;
        drop_path = new DropPath(dropPathRate);
        using (NewDisposeScope())
            layer_scale = layerScale is { } scale ? DenseLayer.ParameterOf(full([dim, 1, 1], (float)scale)) : null;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var branch = main.call(input);
        if (layer_scale is not null)
            branch = branch * layer_scale;
        return (input + drop_path.call(branch)).MoveToOuterDisposeScope();
    }
}
