using System.Globalization;
using Frugal.Benchmarks;
using Frugal.Data;
using Frugal.Models.Vision;
using Frugal.Native;
using TorchSharp;

// Usage: [--threads 1] [--updates 25] [--slices 61] [--only mlp] [--memory]
// --only keeps the networks whose name contains it; --memory leaves the timing out.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var load = LibTorch.Load();
string Option(string name, string otherwise) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : otherwise;
int Number(string name, int otherwise) => int.Parse(Option(name, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
int threads = Number("--threads", 1), updates = Number("--updates", 25), slices = Number("--slices", 61);
torch.set_num_threads(threads);
var data = new Digits { Train = 4000, Validation = 0, Test = 100 }.Load(null);

if (!args.Contains("--memory"))
{
    Console.WriteLine($"{Environment.ProcessorCount} processors, {threads} threads, libtorch {load.Version}, .NET {Environment.Version}; {slices} slices of {updates} updates in turn.");
    Console.WriteLine("Ratio = time of a loop written by hand with TorchSharp ÷ time of the Train step: median (5th–95th percentile) of neighbouring slices; CPU ratio = the same of processor time; best = fastest slice of each, which other work on the machine disturbs least. Goal: 0.97.");
    Console.WriteLine();
    Console.WriteLine("| network | batch | best images/s | ratio | CPU ratio | best |");
    Console.WriteLine("| --- | --- | --- | --- | --- | --- |");
    foreach (var (name, config) in new (string, Frugal.Models.ModelConfig)[] { ("mlp", new MlpConfig()), ("convnet", new ConvNetConfig()) })
        if (name.Contains(Option("--only", ""), StringComparison.Ordinal))
            Console.WriteLine(new LoopOverhead(name, config, data, 64, updates, slices).Line());
    Console.WriteLine();
}

Console.WriteLine("| update | live tensors | resident MB |");
Console.WriteLine("| --- | --- | --- |");
foreach (string line in MemoryOverUpdates.Lines(new MlpConfig(), data))
    Console.WriteLine(line);
