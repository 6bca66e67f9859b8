using Frugal.Catalogue;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Layers;

/// <summary>The parameters and buffers of a Kolmogorov-Arnold layer, by family; they are the layer's own, under names that its page gives.</summary>
internal sealed class KanParameters
{
    private readonly Module layer;
    private readonly KanLayer options;

    /// <summary>Registers fresh ones, drawn from libtorch's generator.</summary>
    /// <param name="layer">Whose they are, its options set.</param>
    /// <param name="basis">Sizes of the bases.</param>
    /// <param name="hasOwnGrids">True for a spline grid of each input, so that it can follow the input's values; false for one that all share.</param>
    public KanParameters(KanLayer layer, KanBasis basis, bool hasOwnGrids)
    {
        (this.layer, options) = (layer, layer);
        using var scope = NewDisposeScope();
        double bound = 1 / Math.Sqrt(layer.NumInputs);
        if (layer.HasBase)
            Register("base_weight", KanBasis.Uniform(bound, layer.NumOutputs, layer.NumInputs));
        foreach (var family in layer.Pool)
        {
            long inputs = layer.Families?.Count(own => own == family) ?? layer.NumInputs;
            var fresh = basis.Fresh(family, layer.NumOutputs, inputs);
            Register(NameOf(family), family == KanFamily.Wavelet ? fresh.squeeze(-1) : fresh);
            AddOthers(family, inputs, hasOwnGrids);
            if (layer.Families is { } families)
                AddPlaces(family, families);
        }
        if (layer.Families is null)
        {
            if (layer.HasScaler && layer.Pool.Contains(KanFamily.Bspline))
                Register("spline_scaler", KanBasis.Uniform(bound, layer.NumOutputs, layer.NumInputs));
            Register("gate", zeros(layer.NumInputs, layer.Pool.Count));
            Keep("fixed_gates", full([layer.NumInputs, layer.Pool.Count], -1f));
        }
        if (layer.HasBias)
            Register("bias", zeros(layer.NumOutputs));
    }

    /// <summary>A parameter by its name; moving the layer gives it others, so that none is held.</summary>
    /// <exception cref="FrugalException">There is none.</exception>
    public Parameter this[string name] => layer.get_parameter(name)
        ?? throw new FrugalException($"{layer.GetName()} has no parameter '{name}'; it has {string.Join(", ", layer.named_parameters().Select(own => own.name))}");

    /// <summary>Coefficients of a family, <c>[out, in, n]</c>, or <c>[out, in]</c> for wavelets.</summary>
    public Parameter Of(KanFamily family) => this[NameOf(family)];

    /// <summary>Knots of the splines, <c>[in, knots]</c> or <c>[1, knots]</c>.</summary>
    public Tensor Grid => Buffer("grid");

    /// <summary>Weights of the chosen families, below 0 while none is chosen: <c>[in, families]</c>.</summary>
    public Tensor FixedGates => Buffer("fixed_gates");

    /// <summary>The inputs that have a family, in a layer with families of its inputs.</summary>
    public Tensor Nodes(KanFamily family) => Buffer($"nodes_{NameOf(family)}");

    /// <summary>Where each input stands among those of a family; one past the last for inputs of others.</summary>
    public Tensor Places(KanFamily family) => Buffer($"places_{NameOf(family)}");

    /// <summary>The factor of each edge on the splines' coefficients, or null.</summary>
    public Parameter? Scaler => options.HasScaler && options.Families is null ? layer.get_parameter("spline_scaler") : null;

    /// <summary>Coefficients of a family with the splines' factors in them.</summary>
    public Tensor Scaled(KanFamily family) => family == KanFamily.Bspline && Scaler is { } scaler ? Of(family) * scaler.unsqueeze(-1) : Of(family);

    /// <summary>What a family has beside coefficients: name, whether it is a buffer, and the axis of the inputs.</summary>
    public IReadOnlyList<(Tensor Value, string Name, int Axis)> Others(KanFamily family) => family switch
    {
        KanFamily.Wavelet => [(this["wav_scale"], "wav_scale", 1), (this["wav_translation"], "wav_translation", 1)],
        KanFamily.Relu => [(this["relu_low"], "relu_low", 0), (this["relu_high"], "relu_high", 0)],
        KanFamily.Bspline => [(Grid, "grid", 0)],
        _ => [],
    };

    /// <summary>Name of a family's coefficients.</summary>
    public static string NameOf(KanFamily family) => family == KanFamily.Wavelet ? "wav_weight" : KebabCase.Of(family.ToString());

    private Tensor Buffer(string name) => layer.get_buffer(name) ?? throw new FrugalException($"{layer.GetName()} has no buffer '{name}'");

    private void AddOthers(KanFamily family, long inputs, bool hasOwnGrids)
    {
        switch (family)
        {
            case KanFamily.Bspline:
                Keep("grid", KanMath.UniformGrid(options.GridSize, options.SplineOrder).repeat(hasOwnGrids ? inputs : 1, 1));
                break;
            case KanFamily.Wavelet:
                Register("wav_scale", ones(options.NumOutputs, inputs));
                Register("wav_translation", zeros(options.NumOutputs, inputs));
                break;
            case KanFamily.Relu:
                var (low, high) = KanMath.ReluEnds(options.GridSize, options.SplineOrder);
                Register("relu_low", low.repeat(inputs, 1));
                Register("relu_high", high.repeat(inputs, 1));
                break;
        }
    }

    private void AddPlaces(KanFamily family, IReadOnlyList<KanFamily> families)
    {
        long[] nodes = [.. families.Select((own, i) => (own, i)).Where(each => each.own == family).Select(each => (long)each.i)];
        long[] places = [.. Enumerable.Repeat((long)nodes.Length, families.Count)];
        for (int i = 0; i < nodes.Length; i++)
            places[nodes[i]] = i;
        Keep($"nodes_{NameOf(family)}", tensor(nodes));
        Keep($"places_{NameOf(family)}", tensor(places));
    }

    private void Register(string name, Tensor values) => layer.register_parameter(name, DenseLayer.ParameterOf(values));

    private void Keep(string name, Tensor values) => layer.register_buffer(name, values.DetachFromDisposeScope());
}
