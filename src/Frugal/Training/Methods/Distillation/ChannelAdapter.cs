using Frugal.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Methods.Distillation;

/// <summary>A linear map of the channels at every position: <c>[batch, channels, height, width]</c>, <c>[batch, tokens, channels]</c> or <c>[batch, channels]</c> to as many others.</summary>
internal sealed class ChannelAdapter : Module<Tensor, Tensor>
{
    private readonly Linear proj;

    public ChannelAdapter(long from, long to, Generator generator) : base(nameof(ChannelAdapter))
    {
        proj = DenseLayer.Fresh(from, to, generator);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var output = input.dim() == 4 ? proj.call(input.movedim([1], [-1])).movedim([-1], [1]) : proj.call(input);
        return output.MoveToOuterDisposeScope();
    }
}
