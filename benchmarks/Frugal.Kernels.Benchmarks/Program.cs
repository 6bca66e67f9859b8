using System.Globalization;
using Frugal.Kernels;
using Frugal.Kernels.Benchmarks;
using Frugal.Native;
using TorchSharp;

const string Usage = """
    Usage: [--layers 768x3072,3072x768] [--rows 1,32,197] [--threads 1,2] [--slices 20] [--depth 4] [--parts layers,features,convolutions,mixture,model] [--only NAME] [--warm]
      --parts   what is measured; without options everything, in some eight minutes on a quiet machine
      --only    the forms of layers whose name contains NAME, or one of several between commas
      --warm    leaves out the rounds with weights outside the second cache
      --depth   blocks of the whole model
    """;
if (args.Contains("--help"))
{
    Console.WriteLine(Usage);
    return;
}
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
LibTorch.Load();
// The peers are measured at their best: no convolution here has a ragged channel count.
LibTorch.Context.UseOneDnn(true);
string Option(string name, string otherwise) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : otherwise;
var layers = Option("--layers", "768x3072,3072x768").Split(',').Select(layer => layer.Split('x').Select(int.Parse).ToArray()).ToArray();
var rowCounts = Option("--rows", "1,32,197").Split(',').Select(int.Parse).ToArray();
var threadCounts = Option("--threads", Environment.ProcessorCount > 1 ? "1,2" : "1").Split(',').Select(int.Parse).ToArray();
var slices = int.Parse(Option("--slices", "20"), CultureInfo.InvariantCulture);

Console.WriteLine($"{Environment.ProcessorCount} processors, {Simd.Level}, .NET {Environment.Version}; {slices} slices of 3 ms in turn; ratio = peer's time ÷ own, median (5th–95th percentile) of neighbouring slices;");
Console.WriteLine("CPU ratio = from the best processor times of the calling thread; T = libtorch fp32, Q = ORT int8; rotated = weights used in turn, beyond the second cache;");
Console.WriteLine("ceiling = least time that arithmetic or reading the weight could take here, measured, ÷ best time");
Console.WriteLine();
var parts = Option("--parts", args.Contains("--mixture") ? "mixture" : args.Contains("--convolutions") ? "convolutions" : "layers,features,convolutions,mixture,model").Split(',');
foreach (var part in parts)
{
    Console.WriteLine(part switch
    {
        "layers" => Round.Heading,
        "features" => FeatureRound.Heading,
        "convolutions" => ConvolutionRound.Heading,
        "mixture" => MixtureRound.Heading,
        "model" => WholeModelRound.Heading,
        _ => throw new ArgumentException($"There is no part '{part}'; there are layers, features, convolutions, mixture and model."),
    });
    // Packed layers within a model have threads of their own, as many as libtorch had when the first one ran.
    foreach (var threads in part is "model" or "features" ? threadCounts.Take(1) : threadCounts)
    {
        torch.set_num_threads(threads);
        foreach (var line in Lines(part, threads))
            Console.WriteLine(line);
    }
    Console.WriteLine();
}

IEnumerable<string> Lines(string part, int threads) => part switch
{
    "layers" =>
        from layer in layers
        from rows in rowCounts
        from rotate in rows == 1 && !args.Contains("--warm") ? new[] { false, true } : [false]
        from line in new Round(layer[0], layer[1], rows, threads, rotate, slices, Option("--only", "")).Lines()
        select line,
    "features" =>
        from rows in rowCounts
        from line in new FeatureRound(rows, threads, slices).Lines()
        select line,
    "convolutions" =>
        from image in new[] { (Channels: 64, Size: 32), (Channels: 128, Size: 16), (Channels: 256, Size: 8) }
        from batch in new[] { 1, 8 }
        from line in new ConvolutionRound(image.Channels, image.Size, batch, threads, slices).Lines()
        select line,
    "mixture" =>
        from rows in rowCounts
        from line in new MixtureRound(dim: 768, hiddenDim: 3072, rows, threads, slices).Lines()
        select line,
    _ => new WholeModelRound(int.Parse(Option("--depth", "4"), CultureInfo.InvariantCulture), threads, slices).Lines(),
};
