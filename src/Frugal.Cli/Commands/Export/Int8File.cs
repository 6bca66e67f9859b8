using Frugal.Compression.Quantization;
using Frugal.Data;
using Frugal.Models;
using Frugal.Models.Runtime;
using Frugal.Native;
using Frugal.Recipes;

namespace Frugal.Cli.Commands.Export;

/// <summary>A model with 8-bit integers, as a file: the step <see cref="QuantizeInt8"/> outside a recipe.</summary>
internal static class Int8File
{
    /// <summary>Quantises the model with the ranges that its activations have on training examples, and writes it.</summary>
    public static void Write(ModelConfig config, string path, DataSplits data, int count, IProgress<RunEvent> observer)
    {
        LibTorch.Load();
        var model = config.Build();
        using var subject = new Subject { Model = model, Data = data, Random = new RandomStreams(0), Observer = observer };
        if (model is RuntimeModel)
            throw new FrugalException("This model was made ready for ONNX Runtime, and has no weights left to quantise; give the one before that step.");
        if (!model.InputShape.SequenceEqual(data.Info.InputShape))
        {
            throw new UsageException(
                $"--calibrate: the model takes inputs of [{string.Join(", ", model.InputShape)}], the data has [{string.Join(", ", data.Info.InputShape)}]; calibrate with what the model was trained on");
        }
        new QuantizeInt8 { Calibration = count }.Apply(subject);
        ((RuntimeModel)subject.Model).WriteOnnx(path);
    }
}
