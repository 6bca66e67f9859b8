using Frugal.Models;
using static TorchSharp.torch;

namespace Frugal.Studies.Bench;

/// <summary>What a network or layer takes.</summary>
/// <param name="Shape">Shape for one example, rows of the example first.</param>
/// <param name="Type">Type of its numbers.</param>
internal sealed record BenchInput(IReadOnlyList<long> Shape, ScalarType Type = ScalarType.Float32)
{
    /// <summary>What a whole network takes.</summary>
    public static BenchInput Of(Model model) => new([1, .. model.InputShape], model.InputType);

    /// <summary>Shape for so many examples.</summary>
    public long[] ShapeFor(int examples) => [Shape[0] * examples, .. Shape.Skip(1)];

    /// <summary>Zeros in a first dimension of any length.</summary>
    public Tensor Zeros(long rows) => zeros([rows, .. Shape.Skip(1)], Type);

    /// <summary>Numbers to compute with in a first dimension of any length; of token ids the second, which no vocabulary lacks.</summary>
    public Tensor Numbers(long rows) => Type == ScalarType.Int64 ? ones([rows, .. Shape.Skip(1)], Type) : randn([rows, .. Shape.Skip(1)], Type);
}
