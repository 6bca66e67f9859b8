using System.Globalization;
using Frugal.Kernels;
using Frugal.Kernels.Benchmarks;
using Frugal.Native;
using TorchSharp;

// Usage: [--layers 768x3072,3072x768] [--rows 1,32,197] [--threads 1,2] [--slices 40] [--only NAME] [--warm] [--mixture]
// --mixture measures a mixture of experts instead of single layers.
// --only keeps the forms whose name contains NAME, or one of several between commas; --warm leaves out the rounds with weights outside the second cache.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
LibTorch.Load();
string Option(string name, string otherwise) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : otherwise;
var layers = Option("--layers", "768x3072,3072x768").Split(',').Select(layer => layer.Split('x').Select(int.Parse).ToArray()).ToArray();
var rowCounts = Option("--rows", "1,32,197").Split(',').Select(int.Parse).ToArray();
var threadCounts = Option("--threads", Environment.ProcessorCount > 1 ? "1,2" : "1").Split(',').Select(int.Parse).ToArray();
var slices = int.Parse(Option("--slices", "40"), CultureInfo.InvariantCulture);

Console.WriteLine($"{Environment.ProcessorCount} processors, {Simd.Level}, .NET {Environment.Version}; {slices} slices of 3 ms in turn; ratio = peer's time ÷ own, median (5th–95th percentile) of neighbouring slices;");
Console.WriteLine("CPU ratio = from the best processor times of the calling thread; T = libtorch fp32, Q = ORT int8; rotated = weights used in turn, beyond the second cache;");
Console.WriteLine("ceiling = least time that arithmetic or reading the weight could take here, measured, ÷ best time");
Console.WriteLine();
if (args.Contains("--mixture"))
{
    Console.WriteLine("| experts | rows | threads | form | best µs | best CPU µs | × dense's time | × loop | goal | error |");
    Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    foreach (var threads in threadCounts)
    {
        torch.set_num_threads(threads);
        foreach (var rows in rowCounts)
            foreach (var line in new MixtureRound(dim: 768, hiddenDim: 3072, rows, threads, slices).Lines())
                Console.WriteLine(line);
    }
    return;
}
if (args.Contains("--convolutions"))
{
    Console.WriteLine(ConvolutionRound.Heading);
    foreach (var threads in threadCounts)
    {
        torch.set_num_threads(threads);
        foreach (var (channels, size) in new[] { (64, 32), (128, 16), (256, 8) })
            foreach (var batch in new[] { 1, 8 })
                foreach (var line in new ConvolutionRound(channels, size, batch, threads, slices).Lines())
                    Console.WriteLine(line);
    }
    return;
}
Console.WriteLine("| layer | rows | threads | form | MB | median µs | best µs | best CPU µs | × T | CPU × T | × Q | CPU × Q | ceiling | goal | reached | error |");
Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
foreach (var threads in threadCounts)
{
    torch.set_num_threads(threads);
    foreach (var layer in layers)
        foreach (var rows in rowCounts)
            foreach (var rotate in rows == 1 && !args.Contains("--warm") ? new[] { false, true } : [false])
                foreach (var line in new Round(layer[0], layer[1], rows, threads, rotate, slices, Option("--only", "")).Lines())
                    Console.WriteLine(line);
}
