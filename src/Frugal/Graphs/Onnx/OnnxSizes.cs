using Frugal.Graphs.Onnx.Model;
using Frugal.Graphs.Onnx.Symbols;

namespace Frugal.Graphs.Onnx;

/// <summary>Integers that the exported model computes when it runs, from the sizes of its inputs or, where these do not tell, of its other tensors.</summary>
internal sealed class OnnxSizes
{
    private readonly OnnxEmitter emit;
    private readonly Runs runs;
    private readonly Dictionary<string, (string Value, int Axis)> origins = [];
    private readonly Dictionary<Extent, (string Value, int Axis)> places = [];
    private readonly Dictionary<(string Value, int Axis), string> measured = [];

    /// <param name="emit">Where the nodes go.</param>
    /// <param name="graph">The graph, which knows its runs and dynamic lengths.</param>
    /// <param name="nameOf">The name of an input.</param>
    public OnnxSizes(OnnxEmitter emit, SymbolicGraph graph, Func<SymbolicValue, string> nameOf)
    {
        (this.emit, runs) = (emit, graph.Runs);
        origins[DynamicLength.Batch] = (nameOf(graph.Inputs[0]), 0);
        foreach (var length in graph.Lengths)
            origins.TryAdd(length.Name, (nameOf(graph.Inputs[length.Input]), length.Axis));
    }

    /// <summary>Notes that a value has these sizes.</summary>
    public void Note(SymbolicValue value, string name)
    {
        for (var axis = 0; axis < value.Rank; axis++)
        {
            if (!value.Shape[axis].IsConstant)
                places.TryAdd(value.Shape[axis], (name, axis));
        }
    }

    /// <summary>A list of integers, <c>[n]</c>.</summary>
    public string List(IReadOnlyList<Extent> sizes)
    {
        if (sizes.All(size => size.IsConstant))
            return emit.Integers(sizes.Select(size => size.Value));
        var parts = sizes.Select(One).ToList();
        return parts.Count == 1 ? parts[0] : emit.Add("Concat", parts, ("axis", 0));
    }

    /// <summary>A whole number as a tensor of one element, of the value's type and rank.</summary>
    public string Number(Extent number, SymbolicValue value)
    {
        var result = emit.Add("Cast", [One(number)], ("to", OnnxElement.Of(value.DType)));
        return value.Rank == 0 ? emit.Add("Squeeze", [result, emit.Integers(0)]) : emit.Add("Reshape", [result, emit.Integers(value.Shape.Select(_ => 1L))]);
    }

    /// <summary>One integer as a list, <c>[1]</c>.</summary>
    private string One(Extent size)
    {
        if (size.IsConstant)
            return emit.Integers(size.Value);
        if (runs.FormulaOf(size) is { } terms)
        {
            var parts = terms.Select(Term).ToList();
            return parts.Skip(1).Aggregate(parts[0], (sum, part) => emit.Add("Add", [sum, part]));
        }
        // A strided layer, say, rounds the length; what it makes is measured.
        if (places.TryGetValue(size, out var place))
            return Measure(place);
        string seen = string.Join(", ", runs.Sizes.Select((sizes, run) => $"{size[run]} with {sizes}"));
        throw new GraphException($"{emit.Scope}: a size is {seen}, which is no sum of products of the input's sizes, and no tensor before it has that size; take it from the shape of a tensor, or keep the length fixed.");
    }

    private string Term(ExtentTerm term)
    {
        if (term.Names.Count == 0)
            return emit.Integers(term.Factor);
        var product = term.Names.Select(name => Measure(origins[name])).Aggregate((left, right) => emit.Add("Mul", [left, right]));
        return term.Factor == 1 ? product : emit.Add("Mul", [product, emit.Integers(term.Factor)]);
    }

    private string Measure((string Value, int Axis) place) => measured.TryGetValue(place, out var known)
        ? known
        : measured[place] = emit.Add("Shape", [place.Value], ("start", place.Axis), ("end", place.Axis + 1));
}
