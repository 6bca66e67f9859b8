using Frugal.Catalogue;
using Frugal.Graphs;
using Frugal.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Layers.Packed;

/// <summary>
/// Layers that follow each other, run as one call over spans: packed linear layers, the activations behind them, layer normalisations. libtorch sees an input and an output, and what
/// it would cost to call it for each layer is saved. The layers keep their weights and are its children <c>0</c>, <c>1</c>, ….
/// </summary>
[Entry("packed-chain")]
[Capabilities(WorksOn = ["Linear"])]
[Unsupported("training", "its weights are packed for inference; train first, pack last")]
public sealed class PackedChainLayer : Layer, IOrdinaryForm
{
    private const int MaxLength = 1024;

    private readonly Module<Tensor, Tensor>[] operators;
    private Built? built;

    /// <param name="length">Number of layers; each is an identity until another takes its place.</param>
    public PackedChainLayer([Range(1, MaxLength)] int length) : this([.. Enumerable.Range(0, Guard.Between(length, 1, MaxLength, nameof(length))).Select(_ => Identity())])
    {
    }

    private PackedChainLayer(Module<Tensor, Tensor>[] operators) : base("packed-chain")
    {
        this.operators = operators;
        for (int i = 0; i < operators.Length; i++)
            register_module($"{i}", operators[i]);
    }

    /// <summary>Number of layers; each is an identity until another takes its place.</summary>
    public int Length => operators.Length;

    /// <summary>The layer that runs these, which it takes over.</summary>
    /// <param name="layers">Packed linear layers, ReLU, GELU or SiLU behind one of them, layer normalisations over the last axis, and what does nothing in evaluation.</param>
    /// <exception cref="FrugalException">One of them does not run over spans, or widths do not fit each other.</exception>
    public static PackedChainLayer Of(IReadOnlyList<Module<Tensor, Tensor>> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        var chain = new PackedChainLayer([.. layers]);
        chain.Chain();
        return chain;
    }

    /// <summary>What runs over spans.</summary>
    /// <exception cref="FrugalException">The layers cannot run over spans.</exception>
    internal IRowOperator Kernel => Chain();

    /// <summary>Ordinary layers that compute the same but for the coding of inputs, with weights of their own.</summary>
    public Sequential ToDense() => Sequential(operators.Select((layer, i) =>
        ($"{i}", layer is PackedLinearLayer packed ? packed.ToDense() : SpanOperators.Copy(layer))));

    /// <inheritdoc/>
    Module<Tensor, Tensor> IOrdinaryForm.Ordinary() => ToDense();

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The input has other columns, gradients are asked for, or the layers cannot run over spans.</exception>
    public override Tensor forward(Tensor input)
    {
        var kernel = Chain();
        SpanForward.Check(this, kernel.InFeatures, input);
        return IsCaptured ? OneByOne(input) : SpanForward.Run(kernel, input);
    }

    // A graph of the model shows its layers, each as what it stands for.
    private bool IsCaptured => operators.OfType<PackedLinearLayer>().FirstOrDefault() is { } layer && UnpackedLayer.InPlaceOf(layer) is not null;

    private Tensor OneByOne(Tensor input)
    {
        using var scope = NewDisposeScope();
        var output = input;
        foreach (var layer in operators)
            output = layer.call(output);
        return output.MoveToOuterDisposeScope();
    }

    // Built again when a layer was put in another's place, which is how a file fills an empty chain.
    private PackedChain Chain()
    {
        if (built is not null && operators.AsSpan().SequenceEqual(built.Of))
            return built.Chain;
        try
        {
            built = new(new([.. Operators()]), [.. operators]);
            return built.Chain;
        }
        catch (ArgumentException error)
        {
            throw new FrugalException($"The layers of a packed chain do not fit each other: {error.Message}", error);
        }
    }

    private IEnumerable<IRowOperator> Operators()
    {
        var pending = operators.Where(layer => !SpanOperators.IsNothing(layer)).ToList();
        for (int i = 0; i < pending.Count; i++)
        {
            switch (pending[i])
            {
                case PackedLinearLayer packed when i + 1 < pending.Count && SpanOperators.ActivationOf(pending[i + 1]) is { } activation:
                    yield return packed.Operator(activation);
                    i++;
                    break;
                case PackedLinearLayer packed:
                    yield return packed.Operator();
                    break;
                case LayerNorm norm when SpanOperators.IsNorm(norm):
                    yield return SpanOperators.NormOf(norm);
                    break;
                default:
                    throw new FrugalException($"A packed chain cannot run layer {i}, a {((Module)pending[i]).GetName()}: it runs packed linear layers, ReLU, GELU and SiLU behind them, and normalisations of the last axis.");
            }
        }
    }

    // A class of its own: surgery must not take these for the layers that run.
    private sealed record Built(PackedChain Chain, Module<Tensor, Tensor>[] Of);
}
