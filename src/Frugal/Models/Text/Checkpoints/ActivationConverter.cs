using System.Text.Json;
using System.Text.Json.Serialization;
using Frugal.Layers;

namespace Frugal.Models.Text.Checkpoints;

/// <summary>Non-linearities by the names that the transformers library gives them.</summary>
internal sealed class ActivationConverter : JsonConverter<Activation>
{
    // The first name of a non-linearity is the one that is written.
    private static readonly (string Name, Activation Activation)[] names =
    [
        ("gelu", Activation.Gelu),
        ("gelu_new", Activation.GeluTanh),
        ("gelu_pytorch_tanh", Activation.GeluTanh),
        ("relu", Activation.Relu),
        ("silu", Activation.Silu),
        ("swish", Activation.Silu),
        ("tanh", Activation.Tanh),
        ("sigmoid", Activation.Sigmoid),
        ("leaky_relu", Activation.LeakyRelu),
    ];

    public override Activation Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? name = reader.GetString();
        foreach (var (known, activation) in names)
        {
            if (known == name)
                return activation;
        }
        throw new JsonException($"must be one of {string.Join(", ", names.Select(known => known.Name))}; got {name}");
    }

    public override void Write(Utf8JsonWriter writer, Activation value, JsonSerializerOptions options) =>
        writer.WriteStringValue(names.First(known => known.Activation == value).Name);
}
