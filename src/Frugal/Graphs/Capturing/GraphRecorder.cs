using Frugal.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Graphs.Capturing;

/// <summary>
/// Turns operator calls, as they happen, into nodes and values. A tensor is a variable: an operator's results define it, its arguments use what it stands
/// for at that moment.
/// </summary>
internal sealed class GraphRecorder : IOperatorListener
{
    private const long ScalarLength = 1;

    private readonly nint undefined = LibTorch.Export("_ZN3c1019UndefinedTensorImpl10_singletonE") ?? 0;
    private readonly Dictionary<nint, OperatorSchema> schemas = [];
    private readonly Dictionary<nint, Binding> bindings = [];
    private readonly Dictionary<nint, GraphStorage> storages = [];
    private readonly Dictionary<nint, List<GraphValue>> placed = [];
    private readonly ViewTracker views;
    private readonly DisposeScope scope;
    private readonly Stack<Call?> running = new();
    private readonly Stack<string> modulePath = new([""]);
    private readonly List<GraphNode> nodes = [];
    private int nextValue;
    private long clock;

    /// <param name="scope">Holds every tensor seen until the capture has ended.</param>
    public GraphRecorder(DisposeScope scope)
    {
        this.scope = scope;
        views = new ViewTracker(like => NewValue(ValueRole.Computed, "", like.DType, like.Layout, like.Storage));
    }

    /// <summary>The operators that were called from outside any other, in order.</summary>
    public IReadOnlyList<GraphNode> Nodes => nodes;

    public GraphValue DefineParameter(GraphParameter parameter) =>
        Define(See(parameter.Tensor), ValueRole.Parameter, parameter.Name, parameter);

    public GraphValue DefineInput(Tensor example, int index) =>
        Define(See(example), ValueRole.Input, index == 0 ? "input" : $"input{index + 1}");

    /// <summary>What a tensor stands for now.</summary>
    public GraphValue ValueOf(Tensor tensor) => Use(See(tensor));

    /// <summary>The forward of a submodule begins.</summary>
    public void Enter(string path) => modulePath.Push(path);

    /// <summary>The forward of a submodule has ended.</summary>
    public void Exit() => modulePath.Pop();

    public void Begin(RecordedCall call)
    {
        if (!call.IsOperator)
        {
            running.Push(null);
            return;
        }
        if (!schemas.TryGetValue(call.Schema, out var schema))
            schemas[call.Schema] = schema = call.ReadSchema();
        var arguments = new object?[call.Inputs.Count];
        for (var i = 0; i < arguments.Length; i++)
            arguments[i] = call.Inputs[i].Read(address => address == undefined ? null : Use(See(address)));
        running.Push(new Call(new GraphNode(schema, Path(arguments), arguments), clock++, []));
    }

    public void End(RecordedCall call)
    {
        if (running.Pop() is not { } ended)
            return;
        List<GraphValue> outputs = [];
        var results = call.Outputs;
        for (var i = 0; i < results.Count; i++)
            results[i].Read(address => address == undefined ? null : Add(outputs, Result(See(address), ended)));
        ended.Node.Outputs = outputs;
        ended.Node.Children = ended.Children;
        views.Ran(ended.Node);
        if (running.FirstOrDefault(call => call is not null) is { } around)
        {
            around.Children.Add(ended.Node);
            return;
        }
        nodes.Add(ended.Node);
        nodes.AddRange(views.After(ended.Node));
    }

    /// <summary>
    /// What a returned tensor is: what an inner operator has defined since the call began, an argument handed back untouched, or a new value.
    /// </summary>
    private GraphValue Result(ObservedTensor tensor, Call call)
    {
        // Some kernels allocate nothing first and let the result grow without an operator: that is another value.
        if (bindings.TryGetValue(tensor.Address, out var binding) && binding.Value.Layout.Equals(tensor.Layout))
        {
            if (binding.Time > call.Begin)
                return binding.Value;
            if (!call.Node.Changes(binding.Value))
                return binding.Value;
        }
        return Define(tensor, ValueRole.Computed, "");
    }

    private ObservedTensor See(Tensor tensor) => See(ObservedTensor.AddressOf(tensor));

    private ObservedTensor See(nint address) => ObservedTensor.At(address, scope);

    private GraphValue Use(ObservedTensor tensor)
    {
        if (!bindings.TryGetValue(tensor.Address, out var binding))
        {
            if (!storages.ContainsKey(tensor.Storage))
                return DefineConstant(tensor);
            binding = new Binding(Twin(tensor) ?? Define(tensor, ValueRole.Constant, ""), clock++);
        }
        // Inside an operator, updates of views are its own business: it is seen as a whole.
        if (running.Count > 0)
            return binding.Value;
        var (value, node) = views.Current(binding.Value, modulePath.Peek());
        if (node is not null)
            nodes.Add(node);
        bindings[tensor.Address] = binding with { Value = value };
        return value;
    }

    private GraphValue DefineConstant(ObservedTensor tensor)
    {
        var constant = Define(tensor, ValueRole.Constant, "");
        if (running.Count == 0 || constant.NumElements <= ScalarLength)
            constant.Constant = ConstantData.Of(tensor.Tensor);
        return constant;
    }

    /// <summary>
    /// The value that lies in the same memory in the same way: libtorch makes a second tensor object without an operator when it hands out a new tensor as a variable.
    /// </summary>
    private GraphValue? Twin(ObservedTensor tensor) => placed[tensor.Storage].LastOrDefault(value =>
        value.DType == tensor.Tensor.dtype && value.Layout.Equals(tensor.Layout));

    private GraphValue Define(ObservedTensor tensor, ValueRole role, string name, GraphParameter? parameter = null)
    {
        if (!storages.TryGetValue(tensor.Storage, out var storage))
            storages[tensor.Storage] = storage = new GraphStorage(parameter);
        storage.Hold(tensor.Layout.Reach * tensor.Tensor.element_size());
        var value = NewValue(role, name, tensor.Tensor.dtype, tensor.Layout, storage);
        bindings[tensor.Address] = new Binding(value, clock++);
        if (!placed.TryGetValue(tensor.Storage, out var there))
            placed[tensor.Storage] = there = [];
        there.Add(value);
        return value;
    }

    private GraphValue NewValue(ValueRole role, string name, ScalarType type, TensorLayout layout, GraphStorage storage)
    {
        var value = new GraphValue(nextValue++, role, name, type, layout, storage);
        views.Define(value);
        return value;
    }

    /// <summary>The running module's path, or, where a submodule was run without its hooks, that of the submodule whose parameter is used.</summary>
    private string Path(IReadOnlyList<object?> arguments)
    {
        var path = modulePath.Peek();
        foreach (var value in arguments.OfType<GraphValue>())
        {
            if (value.Storage.Parameter is { } parameter && parameter.Name.LastIndexOf('.') is > 0 and var dot)
            {
                var owner = parameter.Name[..dot];
                if (owner.Length > path.Length && (path.Length == 0 || DottedPath.IsBelow(owner, path)))
                    return owner;
            }
        }
        return path;
    }

    private static GraphValue Add(List<GraphValue> values, GraphValue value)
    {
        values.Add(value);
        return value;
    }

    private sealed record Call(GraphNode Node, long Begin, List<GraphNode> Children);

    /// <summary>What a tensor stands for since <paramref name="Time"/>.</summary>
    private readonly record struct Binding(GraphValue Value, long Time);
}
