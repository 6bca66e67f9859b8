using Frugal.Data;
using Frugal.Models;
using Frugal.Models.Vision;

namespace Frugal.Benchmarks;

/// <summary>What the training loop costs beside one written by hand, and whether its memory grows.</summary>
internal static class TrainingTables
{
    public static IEnumerable<string> Lines(Arguments arguments)
    {
        int updates = arguments.Number("--updates", 25), slices = arguments.Number("--slices", 61);
        var data = new Digits { Train = 4000, Validation = 0, Test = 100 }.Load(null);
        if (!arguments.Has("--memory"))
        {
            yield return $"{slices} slices of {updates} updates in turn.";
            yield return "Ratio = time of a loop written by hand with TorchSharp ÷ time of the Train step: median (5th–95th percentile) of neighbouring slices; CPU ratio = the same of processor time; best = fastest slice of each, which other work on the machine disturbs least. Goal: 0.97.";
            yield return "";
            yield return "| network | batch | best images/s | ratio | CPU ratio | best |";
            yield return "| --- | --- | --- | --- | --- | --- |";
            foreach (var (name, config) in new (string, ModelConfig)[] { ("mlp", new MlpConfig()), ("convnet", new ConvNetConfig()) })
            {
                if (name.Contains(arguments.Text("--only", ""), StringComparison.Ordinal))
                    yield return new LoopOverhead(name, config, data, 64, updates, slices).Line();
            }
            yield return "";
        }
        yield return "| update | live tensors | resident MB |";
        yield return "| --- | --- | --- |";
        foreach (string line in MemoryOverUpdates.Lines(new MlpConfig(), data))
            yield return line;
    }
}
