using System.Globalization;
using Frugal.Benchmarks;
using Frugal.Native;
using TorchSharp;

// Usage: [MODE] [--threads 1]
//   (none)   a training loop against one written by hand: [--updates 25] [--slices 61] [--only mlp] [--memory]
//   export   capture and export of ResNet-50 against a forward pass and writing the file: [--rounds 5]
//   runtime  ONNX Runtime against libtorch, in floating point and with 8-bit integers: [--rounds 15] [--batches 1,32] [--only resnet50]
//   coder    the range coder of the entropy bottleneck against Deflate: [--rounds 7] [--megabytes 12]
//   compression  curves of rd-pruning, MPO and Monarch factorisation of a ViT-B/16 against the sheets' operation counts: [--grid 4] [--images 1]
//   generation  tokens a second of causal text models with and without a cache, against the bandwidth limit: [--tokens 64] [--prompt 32] [--rounds 3]
//   experts  grouped dispatch of a mixture of experts against the loop and the masking form: [--experts 8,64,256] [--rows 1,32,197,1576] [--dim 192] [--hidden 768] [--k 1] [--rounds 15]
// --only keeps the networks whose name contains it; --memory leaves the timing out.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var load = LibTorch.Load();
// The peers are measured at their best: no convolution here has a ragged channel count.
LibTorch.Context.UseOneDnn(true);
var arguments = new Arguments(args);
int threads = arguments.Number("--threads", 1);
torch.set_num_threads(threads);
Console.WriteLine($"{Environment.ProcessorCount} processors, {threads} threads, libtorch {load.Version}, .NET {Environment.Version}.");
var lines = arguments.Mode switch
{
    "export" => ExportTime.Lines(arguments.Number("--rounds", 5)),
    "runtime" => RuntimeLatency.Lines(arguments),
    "coder" => CoderThroughput.Lines(arguments.Number("--rounds", 7), arguments.Number("--megabytes", 12)),
    "compression" => CompressionTime.Lines(arguments.Number("--grid", 4), arguments.Number("--images", 1)),
    "generation" => GenerationSpeed.Lines(arguments),
    "experts" => ExpertTime.Lines(arguments),
    "" => TrainingTables.Lines(arguments),
    var unknown => throw new ArgumentException($"There is no mode '{unknown}': export, runtime, coder, compression, generation, experts, or none."),
};
foreach (string line in lines)
    Console.WriteLine(line);
