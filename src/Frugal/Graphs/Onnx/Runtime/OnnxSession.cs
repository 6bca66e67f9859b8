using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Frugal.Graphs.Onnx.Runtime;

/// <summary>A model loaded into ONNX Runtime, with as many threads as libtorch has.</summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly InferenceSession session;
    private readonly RunOptions run = new();

    /// <param name="model">The file's bytes.</param>
    /// <exception cref="GraphException">They name other files, or ONNX Runtime refuses them.</exception>
    public OnnxSession(byte[] model)
    {
        ExternalTensors.Refuse(model);
        using var settings = new SessionOptions
        {
            IntraOpNumThreads = get_num_threads(),
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        // Threads that go on spinning after a call would take the cores from libtorch, which runs in turns with this in every comparison.
        settings.AddSessionConfigEntry("session.force_spinning_stop", "1");
        try
        {
            session = new InferenceSession(model, settings);
        }
        catch (OnnxRuntimeException error)
        {
            run.Dispose();
            throw new GraphException($"ONNX Runtime refuses the model: {error.Message}", error);
        }
    }

    /// <summary>Results of the model, which belong to the open dispose scope.</summary>
    public IReadOnlyList<Tensor> Run(IReadOnlyList<Tensor> inputs)
    {
        List<OrtValue> values = [];
        try
        {
            values.AddRange(inputs.Select(OrtTensors.Of));
            using var results = session.Run(run, session.InputNames, values, session.OutputNames);
            return [.. results.Select(OrtTensors.Read)];
        }
        finally
        {
            values.ForEach(value => value.Dispose());
        }
    }

    /// <summary>Runs a model of one input and one output without copying either.</summary>
    /// <param name="input">Contiguous single-precision numbers, or 64-bit integers, on the CPU.</param>
    /// <param name="output">Where the result goes: single-precision numbers likewise, and of the shape that the model returns.</param>
    public void Run(Tensor input, Tensor output)
    {
        using OrtValue from = Around(input), to = Around(output);
        session.Run(run, session.InputNames, [from], session.OutputNames, [to]);
    }

    public void Dispose()
    {
        session.Dispose();
        run.Dispose();
    }

    private static unsafe OrtValue Around(Tensor tensor)
    {
        var bytes = tensor.bytes;
        fixed (byte* address = &MemoryMarshal.GetReference(bytes))
            return OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, tensor.dtype == ScalarType.Int64 ? TensorElementType.Int64 : TensorElementType.Float, tensor.shape, (nint)address, bytes.Length);
    }
}
