using System.Runtime.InteropServices;
using Frugal.Graphs.Onnx.Model;
using Frugal.Graphs.Onnx.Symbols;
using Frugal.Interop;
using Microsoft.ML.OnnxRuntime;

namespace Frugal.Graphs.Onnx;

/// <summary>Export from model to tested file.</summary>
internal static class OnnxExporter
{
    // Not one, at which much is a special case, and not the sizes that the result is tried with.
    private const long CapturedBatch = 2;
    private const long InlineBytes = 1024;

    private static readonly long[] triedBatches = [1, 5];

    public static OnnxExport Export(Graph graph, string path, OnnxExportOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return WithFewestRuns(graph, symbolic => Export(graph, symbolic, path, options));
    }

    /// <summary>The model as ONNX for every batch size and dynamic length, tried in memory.</summary>
    /// <exception cref="GraphException">It cannot be translated, its weights are larger than <see cref="OnnxExportOptions.LargestFile"/>, or the results differ.</exception>
    public static OnnxModel InMemory(Graph graph, OnnxExportOptions options) => WithFewestRuns(graph, symbolic =>
    {
        var model = Translate(graph, symbolic, options.Metadata);
        if (model.ConstantBytes > options.LargestFile)
            throw new GraphException($"The model's weights take {model.ConstantBytes} bytes; one file in memory can hold {options.LargestFile}.");
        var bytes = model.ToArray();
        new OnnxTrial(graph, settings => new InferenceSession(bytes, settings), options).Compare(Trials(graph));
        return model;
    });

    private static OnnxExport Export(Graph graph, SymbolicGraph symbolic, string path, OnnxExportOptions options)
    {
        var model = Translate(graph, symbolic, options.Metadata);
        var target = Path.GetFullPath(path);
        using var staging = new StagingFolder(target);
        var file = staging.PathOf(Path.GetFileName(target));
        var data = Write(model, file, options);
        var trials = Trials(graph);
        var (absolute, relative) = new OnnxTrial(graph, settings => new InferenceSession(file, settings), options).Compare(trials);
        var bytes = new FileInfo(file).Length + (data is null ? 0 : new FileInfo(data).Length);
        staging.Publish([.. data is null ? Array.Empty<string>() : [data], file]);
        return new OnnxExport(path, data is null ? null : DataName(path), bytes, model.Opset, model.Nodes.Count, triedBatches, absolute, relative)
        {
            Lengths = trials[0].Lengths.Keys.ToDictionary(name => name, name => (IReadOnlyList<long>)[.. trials.Select(trial => trial.Lengths[name])]),
        };
    }

    /// <summary>
    /// A graph of one example is compared with a run on none, which costs no arithmetic. To some models one or none is a special case: they do not run, differ, or fail the trial with more,
    /// and are run with two and three.
    /// </summary>
    private static T WithFewestRuns<T>(Graph graph, Func<SymbolicGraph, T> export)
    {
        if (graph is { LengthsOfExample.Count: 0, Batch: 1, IsCurrent: true })
        {
            try
            {
                var runs = Runs.Of(1, 0, graph.LengthsOfExample);
                return export(new SymbolicGraph([graph, graph.CaptureWith(runs.Sizes[1])], runs));
            }
            catch (Exception error) when (error is FrugalException or ExternalException or ArgumentException or ArithmeticException or InvalidOperationException or IndexOutOfRangeException)
            {
                // What is wrong with the model, if it is not this, is told below.
            }
        }
        var others = Runs.Of(CapturedBatch, CapturedBatch + 1, graph.LengthsOfExample);
        return export(new SymbolicGraph([.. others.Sizes.Select(graph.CaptureWith)], others));
    }

    private static OnnxModel Translate(Graph graph, SymbolicGraph symbolic, IReadOnlyDictionary<string, string> metadata)
    {
        if (symbolic.Inputs[0] is not { Rank: > 0 } input || !symbolic.Runs.IsBatch(input.Shape[0]))
            throw new GraphException("The first input has no batch as its first dimension.");
        return OnnxTranslation.Of(symbolic, graph.Model.Module.GetName(), metadata);
    }

    /// <summary>With one batch size the whole length, with the other a shorter one; none that the model was captured with.</summary>
    private static IReadOnlyList<CaptureSizes> Trials(Graph graph)
    {
        Func<long, long>[] shorter = [length => length, length => length - 3];
        return [.. triedBatches.Zip(shorter, (batch, length) => new CaptureSizes(batch, graph.LengthsOfExample.ToDictionary(name => name.Key, name => length(name.Value))))];
    }

    /// <summary>Writes the model, and its weights beside it where they are too many; returns the path of the latter.</summary>
    private static string? Write(OnnxModel model, string file, OnnxExportOptions options)
    {
        if (model.ConstantBytes <= options.LargestFile)
        {
            AtomicFile.Write(file, model.Message().WriteTo);
            return null;
        }
        var data = DataName(file);
        var (message, writeData) = model.MessageWithData(Path.GetFileName(data), InlineBytes);
        AtomicFile.Write(data, writeData);
        AtomicFile.Write(file, message.WriteTo);
        return data;
    }

    private static string DataName(string path) => path + ".data";
}
