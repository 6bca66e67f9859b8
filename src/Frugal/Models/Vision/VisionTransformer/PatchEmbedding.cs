using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>
/// Cuts the image into square patches and maps each to a token: <c>[batch, channels, height, width]</c> to <c>[batch, patches, dim]</c>, patches row by row.
/// Weight name as in timm: <c>proj</c>, a convolution whose stride is its kernel.
/// </summary>
internal sealed class PatchEmbedding : Module<Tensor, Tensor>
{
    private Module<Tensor, Tensor> proj;

    public PatchEmbedding(long channels, long patchSize, long dim) : base(nameof(PatchEmbedding))
    {
        proj = Conv2d(channels, dim, patchSize, stride: patchSize);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return proj.call(input).flatten(2).transpose(1, 2).MoveToOuterDisposeScope();
    }
}
