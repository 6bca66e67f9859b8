using System.Runtime.InteropServices;
using Frugal.Graphs.Onnx.Model;
using Frugal.Graphs.Onnx.Symbols;
using static TorchSharp.torch;

namespace Frugal.Graphs.Onnx;

/// <summary>Collects the nodes and constants of the ONNX model while operators are translated one after the other.</summary>
internal sealed class OnnxEmitter
{
    private readonly List<OnnxNode> nodes = [];
    private readonly List<OnnxTensor> constants = [];
    private readonly Dictionary<GraphValue, string> names = [];
    private readonly Dictionary<(string Content, int Element, string Shape), string> shared = [];
    private readonly Dictionary<GraphValue, SymbolicValue> transposes = [];
    private readonly HashSet<string> taken = [];
    private readonly Dictionary<string, OnnxValue> intermediates = [];
    private readonly OnnxSizes sizes;

    public OnnxEmitter(SymbolicGraph graph)
    {
        // Weights keep their names, so nothing else may take them first.
        foreach (var parameter in graph.Parameters)
            taken.Add(parameter.Captured.Name);
        foreach (var input in graph.Inputs)
            names[input.Captured] = Fresh(input.Captured.Name);
        sizes = new OnnxSizes(this, graph, input => names[input.Captured]);
    }

    public IReadOnlyList<OnnxNode> Nodes => nodes;

    public IReadOnlyList<OnnxTensor> Constants => constants;

    /// <summary>Types and shapes of results, by name.</summary>
    public IReadOnlyDictionary<string, OnnxValue> Intermediates => intermediates;

    /// <summary>The operator set that the nodes so far need.</summary>
    public int Opset { get; private set; } = OnnxVersions.Lowest;

    /// <summary>What is being translated, for the names of nodes: module path and operator.</summary>
    public string Scope { get; set; } = "";

    /// <summary>The name of a tensor's value.</summary>
    /// <exception cref="GraphException">Nothing that was exported computes it.</exception>
    public string Of(SymbolicValue value)
    {
        if (names.TryGetValue(value.Captured, out var name))
            return name;
        if (value.Captured is { Role: ValueRole.Parameter, Storage.Parameter: { } parameter })
        {
            constants.Add(new OnnxTensor(parameter.Name, OnnxElement.Of(value.DType), value.Captured.Shape, OnnxData.Of(parameter.Tensor)));
            return names[value.Captured] = parameter.Name;
        }
        if (value.Number is { } number)
            return names[value.Captured] = sizes.Number(number, value);
        if (value is { Captured: { Role: ValueRole.Constant, Constant: { } data }, IsStatic: true })
            return names[value.Captured] = Constant(data.Bytes, data.DType, data.Shape);
        throw new GraphException(value.Captured.Role == ValueRole.Constant
            ? $"{Scope}: a tensor of shape {value} is made outside libtorch's operators and {(value.IsStatic ? "cannot be read" : "grows with the input")}; make it a buffer of the model, or compute it with tensor operators."
            : $"{Scope}: a tensor of shape {value} is used that no exported operator computes.");
    }

    /// <summary>From now on, <paramref name="name"/> holds the value.</summary>
    public void Bind(SymbolicValue value, string name)
    {
        names[value.Captured] = name;
        intermediates.TryAdd(name, Describe(name, value));
        sizes.Note(value, name);
    }

    /// <summary>
    /// Translates an operator once more for another content of its argument. What its results were called before stands afterwards again.
    /// </summary>
    /// <returns>The name of <paramref name="wanted"/>, one of the results.</returns>
    public string With(SymbolicValue argument, string content, IReadOnlyList<SymbolicValue> results, Action translate, SymbolicValue wanted)
    {
        var before = results.Append(argument).Distinct().Where(value => names.ContainsKey(value.Captured)).ToDictionary(value => value.Captured, value => names[value.Captured]);
        names[argument.Captured] = content;
        translate();
        var name = names[wanted.Captured];
        foreach (var (value, old) in before)
            names[value] = old;
        return name;
    }

    /// <summary>Notes that one matrix is another one turned.</summary>
    public void Transposed(SymbolicValue result, SymbolicValue source) => transposes[result.Captured] = source;

    /// <summary>The matrix that this one is the transpose of, if it was made so.</summary>
    public SymbolicValue? TransposeOf(SymbolicValue value) => transposes.GetValueOrDefault(value.Captured);

    /// <summary>Adds a node with one result and returns its name.</summary>
    public string Add(string op, IReadOnlyList<string> inputs, params IEnumerable<(string Name, object Value)> attributes) => AddMany(op, 1, inputs, attributes)[0];

    /// <summary>Adds a node whose one result has a name that is given.</summary>
    public string AddNamed(string result, string op, string input)
    {
        var name = Fresh(result);
        nodes.Add(new OnnxNode(op, name, [input], [name], []) { ModulePath = Scope });
        return name;
    }

    /// <summary>Adds a node with several results and returns their names.</summary>
    public IReadOnlyList<string> AddMany(string op, int outputs, IReadOnlyList<string> inputs, params IEnumerable<(string Name, object Value)> attributes)
    {
        var name = Fresh($"{Scope}/{op}");
        string[] results = [.. Enumerable.Range(0, outputs).Select(i => i == 0 ? name : Fresh($"{name}.{i}"))];
        nodes.Add(new OnnxNode(op, name, inputs, results, [.. attributes.Select(attribute => new OnnxAttribute(attribute.Name, attribute.Value))]) { ModulePath = Scope });
        return results;
    }

    /// <summary>Notes that a node needs a later operator set than the lowest.</summary>
    public void Require(int opset) => Opset = Math.Max(Opset, opset);

    /// <summary>A constant list of integers, <c>[n]</c>.</summary>
    public string Integers(params IEnumerable<long> values)
    {
        var array = values.ToArray();
        return Constant(MemoryMarshal.AsBytes<long>(array).ToArray(), ScalarType.Int64, [array.Length]);
    }

    /// <summary>A constant of rank 0.</summary>
    public string Scalar(double value, ScalarType type) => Constant(ScalarBytes.Of(value, type), type, []);

    /// <summary>A constant tensor; equal small ones are stored once.</summary>
    public string Constant(byte[] bytes, ScalarType type, IReadOnlyList<long> shape)
    {
        const int largestShared = 256;
        var key = (bytes.Length <= largestShared ? Convert.ToHexString(bytes) : $"{constants.Count}", OnnxElement.Of(type), string.Join(',', shape));
        if (!shared.TryGetValue(key, out var name))
        {
            shared[key] = name = Fresh("constant");
            constants.Add(new OnnxTensor(name, key.Item2, shape, OnnxData.Of(bytes)));
        }
        return name;
    }

    /// <summary>A list of integers, <c>[n]</c>, computed from the sizes of the inputs where they depend on them.</summary>
    public string Sizes(IReadOnlyList<Extent> list) => sizes.List(list);

    public static OnnxValue Describe(string name, SymbolicValue value) => new(name, OnnxElement.Of(value.DType), [.. value.Shape.Select(size => Dimension(size, value.Runs))]);

    private static OnnxDimension Dimension(Extent size, Runs runs) =>
        size.IsConstant ? new(size.Value, null) : new(null, runs.FormulaOf(size) is null ? null : runs.NameOf(size));

    private string Fresh(string wish)
    {
        var name = wish;
        for (var i = 2; !taken.Add(name); i++)
            name = $"{wish}_{i}";
        return name;
    }
}
