using Microsoft.ML.OnnxRuntime;

namespace Frugal.Kernels.Benchmarks;

/// <summary>ONNX Runtime on a model of one layer, inputs and outputs bound once.</summary>
internal sealed class OnnxContestant : Contestant
{
    private readonly InferenceSession[] _sessions;
    private readonly OrtIoBinding[] _bindings;
    private readonly OrtValue _input;
    private readonly OrtValue _output;
    private readonly RunOptions _options = new();
    private readonly float[] _outputData;
    private int _next;

    public OnnxContestant(string name, byte[] model, long weightBytes, LayerData data, int threads, bool rotate, bool isOfBytes = false) : base(name)
    {
        (Macs, IsOfBytes) = ((long)data.Rows * data.OutFeatures * data.InFeatures, isOfBytes);
        using var options = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1 };
        _sessions = [.. Enumerable.Range(0, rotate ? LayerData.CopiesBeyondCache(weightBytes) : 1).Select(_ => new InferenceSession(model, options))];
        _outputData = new float[data.Rows * data.OutFeatures];
        _input = OrtValue.CreateTensorValueFromMemory(data.Input, [data.Rows, data.InFeatures]);
        _output = OrtValue.CreateTensorValueFromMemory(_outputData, [data.Rows, data.OutFeatures]);
        _bindings = [.. _sessions.Select(session =>
        {
            var binding = session.CreateIoBinding();
            binding.BindInput(LayerModel.Input, _input);
            binding.BindOutput(LayerModel.Output, _output);
            return binding;
        })];
        WeightBytes = weightBytes;
    }

    public override long? WeightBytes { get; }

    public override long? Macs { get; }

    public override bool IsOfBytes { get; }

    public override void Run()
    {
        _sessions[_next].RunWithBinding(_options, _bindings[_next]);
        _next = (_next + 1) % _sessions.Length;
    }

    public override float[] Output() => _outputData;

    public override void Dispose()
    {
        foreach (var binding in _bindings)
            binding.Dispose();
        foreach (var session in _sessions)
            session.Dispose();
        _input.Dispose();
        _output.Dispose();
        _options.Dispose();
    }
}
