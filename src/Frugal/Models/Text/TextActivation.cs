using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>Non-linearities by the names that configurations use.</summary>
internal static class TextActivation
{
    private static readonly Dictionary<string, Activation> known = new(StringComparer.Ordinal)
    {
        ["gelu"] = Activation.Gelu,
        ["gelu_new"] = Activation.GeluTanh,
        ["gelu_pytorch_tanh"] = Activation.GeluTanh,
        ["relu"] = Activation.Relu,
        ["silu"] = Activation.Silu,
        ["swish"] = Activation.Silu,
        ["tanh"] = Activation.Tanh,
    };

    /// <summary>Refuses a name that is not known.</summary>
    public static string Checked(string name, string option) =>
        known.ContainsKey(name) ? name : throw new ArgumentOutOfRangeException(option, name, $"{option} must be one of {string.Join(", ", known.Keys)}; got {name}");

    public static Module<Tensor, Tensor> Layer(string name) => ActivationLayer.Of(known[name]);
}
