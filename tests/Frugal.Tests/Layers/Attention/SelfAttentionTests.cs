using Frugal.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers;

public class SelfAttentionTests
{
    /// <summary>The formula written out head by head, with rows of <c>qkv</c> in timm's order: queries, keys, values, each head after head.</summary>
    [Fact]
    public void Is_the_formula_head_by_head()
    {
        const long dim = 12, heads = 3, headDim = dim / heads;
        using var scope = NewDisposeScope();
        using var attention = new SelfAttention(dim, heads);
        attention.eval();
        attention.to(ScalarType.Float64);
        var weights = attention.state_dict();
        var input = rand([2, 5, dim], float64);

        var joint = input.matmul(weights["qkv.weight"].t()) + weights["qkv.bias"];
        var mixed = new List<Tensor>();
        for (long head = 0; head < heads; head++)
        {
            Tensor Part(long part) => joint.narrow(2, part * dim + head * headDim, headDim);
            var scores = Part(0).matmul(Part(1).transpose(1, 2)) / Math.Sqrt(headDim);
            mixed.Add(scores.softmax(-1).matmul(Part(2)));
        }
        var expected = cat(mixed, 2).matmul(weights["proj.weight"].t()) + weights["proj.bias"];

        Assert.True(attention.call(input).allclose(expected, rtol: 1e-10, atol: 1e-12));
    }

    [Fact]
    public void Heads_that_do_not_divide_the_width_are_refused() =>
        Assert.Contains("5 heads do not divide a width of 12", Assert.Throws<FrugalException>(() => new SelfAttention(12, 5)).Message, StringComparison.Ordinal);
}
