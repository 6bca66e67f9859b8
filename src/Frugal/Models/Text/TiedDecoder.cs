using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>Hidden states to logits over the vocabulary, with the matrix of the word embedding and a bias of its own.</summary>
internal sealed class TiedDecoder : Module<Tensor, Tensor, Tensor>
{
    private readonly Parameter bias;

    public TiedDecoder(long vocabulary) : base(nameof(TiedDecoder))
    {
        bias = Parameter(zeros(vocabulary));
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden, Tensor embedding) => functional.linear(hidden, embedding, bias);
}
