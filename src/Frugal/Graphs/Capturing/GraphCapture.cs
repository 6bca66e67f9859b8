using Frugal.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Graphs.Capturing;

/// <summary>Runs a model once and builds the graph of what it did.</summary>
internal static class GraphCapture
{
    /// <param name="model">The model.</param>
    /// <param name="examples">What it runs on.</param>
    /// <param name="lengths">The axes of the examples whose length may change.</param>
    public static Graph Run(CapturedModel model, IReadOnlyList<Tensor> examples, IReadOnlyList<DynamicLength> lengths)
    {
        LibTorch.Load();
        LayoutProbe.Require();
        var modules = model.Module.named_modules().Where(child => child.name.Length > 0).Select(child => (child.name, child.module)).ToList();
        using var evaluation = new EvaluationMode(model.Module, modules.Select(child => child.module));
        using var scope = NewDisposeScope();
        using var packed = new PackedScopes(modules.Prepend(("", model.Module)));
        var recorder = new GraphRecorder(scope);
        var parameters = Parameters(model.Module).Where(parameter => !packed.Hides(parameter.Name)).Concat(packed.Weights).Select(recorder.DefineParameter).ToList();
        var inputs = examples.Select((example, index) => recorder.DefineInput(example, index)).ToList();
        IReadOnlyList<GraphValue> outputs = [];
        using (new ModuleScopes(modules, recorder))
        // Where numbers are kept anyway, nothing that an operator reads can be finalised under it.
        using (HeldScalars.IsOn ? null : new FinalizerPause())
        {
            OperatorCallback.During(recorder, () => outputs = [.. model.Forward(examples).Select(recorder.ValueOf)]);
        }
        return new Graph(model, modules.ToDictionary(child => child.name, child => child.module.GetName()))
        {
            Inputs = inputs,
            Outputs = outputs,
            Parameters = parameters,
            Nodes = recorder.Nodes,
            Lengths = lengths,
            Description = Describe(model.Module),
            Packed = packed.Uses,
            Routed = [.. modules.Prepend(("", model.Module)).Where(child => child.Item2 is IRoutedLayer).Select(child => new RoutedUse(child.Item1, (IRoutedLayer)child.Item2))],
            Stored = [.. modules.Prepend(("", model.Module)).Where(child => child.Item2 is IStoredWeights and not IPackedLayer).Select(child => (child.Item1, (IStoredWeights)child.Item2))],
            Examples = [.. examples.Select((example, input) => GraphExample.Of(example, [.. lengths.Where(length => length.Input == input)]))],
        };
    }

    /// <summary>Which modules a model consists of, and where its weights lie: another answer means that layers or weights were replaced since.</summary>
    public static IReadOnlyList<string> Describe(Module model) =>
    [
        .. model.named_modules().Select(child => $"{child.name}: {child.module.GetType()}"),
        .. model.named_parameters().Select(parameter => $"{parameter.name}: {ObservedTensor.AddressOf(parameter.parameter)}"),
        .. model.named_buffers().Select(buffer => $"{buffer.name}: {ObservedTensor.AddressOf(buffer.buffer)}"),
    ];

    private static IEnumerable<GraphParameter> Parameters(Module model)
    {
        HashSet<nint> seen = [];
        foreach (var (name, parameter) in model.named_parameters())
        {
            if (seen.Add(ObservedTensor.AddressOf(parameter)))
                yield return new GraphParameter(name, parameter, IsBuffer: false);
        }
        foreach (var (name, buffer) in model.named_buffers())
        {
            if (seen.Add(ObservedTensor.AddressOf(buffer)))
                yield return new GraphParameter(name, buffer, IsBuffer: true);
        }
    }
}
