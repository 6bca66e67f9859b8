using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Graphs.Groups;

/// <summary>A network put together from blocks <c>[batch, channels, 6, 6]</c>, in any order, that hand on a silent channel as a silent one. It ends in a linear layer behind the flattened image.</summary>
internal sealed class RandomNet : Module<Tensor, Tensor>
{
    private readonly List<Module<Tensor, Tensor>> blocks = [];
    private Module<Tensor, Tensor> head;

    /// <summary>The blocks to choose from, by name, each made for a number of channels, which is a multiple of four.</summary>
    public static readonly IReadOnlyList<(string Name, Func<long, Module<Tensor, Tensor>> Make)> Blocks =
    [
        ("convolution", c => Conv2d(c, 12, 3, padding: 1)),
        ("norm", c => BatchNorm2d(c)),
        ("depthwise", c => Conv2d(c, c, 3, padding: 1, groups: c)),
        ("depthwise twice as wide", c => Conv2d(c, 2 * c, 3, padding: 1, groups: c)),
        ("narrow groups", c => Conv2d(c, c, 1, groups: c / 2)),
        ("wide groups", c => Conv2d(c, 8, 1, groups: 2)),
        ("group norm", c => GroupNorm(c / 2, c)),
        ("activation", _ => new Does((x, _) => functional.gelu(x))),
        ("residual", c => new Does((x, layers) => x + layers[0].call(functional.relu(x)), Conv2d(c, c, 3, padding: 1))),
        ("dense", c => new Does((x, layers) => cat([layers[0].call(x), x], 1), Conv2d(c, 4, 1))),
        ("excitation", c => new Does((x, layers) => x * layers[1].call(layers[0].call(x.mean([2, 3])).relu()).sigmoid().unsqueeze(-1).unsqueeze(-1), Linear(c, 4), Linear(4, c))),
        ("gate", c => new Does((x, layers) => functional.glu(layers[0].call(x), 1), Conv2d(c, 16, 1))),
        ("halves", c => new Does((x, _) => cat([x.chunk(2, 1)[1], x.chunk(2, 1)[0].tanh()], 1))),
        ("shuffle", c => new Does((x, _) => x.view(x.shape[0], 2, x.shape[1] / 2, 6, 6).transpose(1, 2).reshape(x.shape[0], -1, 6, 6))),
        ("turned", c => new Does((x, layers) => layers[0].call(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2), Linear(c, 8))),
        ("attention", c => new Does((x, layers) => Attend(x.flatten(2).transpose(1, 2), layers).transpose(1, 2).reshape(x.shape[0], -1, 6, 6), Linear(c, 36), Linear(12, 8))),
        ("pooled", _ => new Does((x, _) => x + functional.adaptive_avg_pool2d(x, 1))),
        ("in place", _ => new Does((x, _) => x.neg().relu_())),
    ];

    public RandomNet(IEnumerable<int> choice) : base(nameof(RandomNet))
    {
        using var scope = NewDisposeScope();
        long channels = 4;
        var x = zeros(1, channels, 6, 6);
        blocks.Add(Conv2d(2, channels, 3, padding: 1));
        foreach (int index in choice)
        {
            blocks.Add(Blocks[index].Make(channels));
            x = blocks[^1].call(x);
            channels = x.shape[1];
        }
        for (int i = 0; i < blocks.Count; i++)
            register_module($"block{i}", blocks[i]);
        head = Linear(channels * 36, 3);
        register_module("head", head);
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return head.call(blocks.Aggregate(input, (x, block) => block.call(x)).flatten(1)).MoveToOuterDisposeScope();
    }

    private static Tensor Attend(Tensor tokens, IReadOnlyList<Module<Tensor, Tensor>> layers)
    {
        var parts = layers[0].call(tokens).view(tokens.shape[0], tokens.shape[1], 3, -1, 3).permute(2, 0, 3, 1, 4).unbind(0);
        return layers[1].call(functional.scaled_dot_product_attention(parts[0], parts[1], parts[2]).transpose(1, 2).flatten(2));
    }

    private sealed class Does : Module<Tensor, Tensor>
    {
        private readonly Func<Tensor, IReadOnlyList<Module<Tensor, Tensor>>, Tensor> forward_;
        private readonly Module<Tensor, Tensor>[] layers;

        public Does(Func<Tensor, IReadOnlyList<Module<Tensor, Tensor>>, Tensor> forward, params Module<Tensor, Tensor>[] layers) : base(nameof(Does))
        {
            (forward_, this.layers) = (forward, layers);
            for (int i = 0; i < layers.Length; i++)
                register_module($"layer{i}", layers[i]);
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return forward_(input, layers).MoveToOuterDisposeScope();
        }
    }
}
