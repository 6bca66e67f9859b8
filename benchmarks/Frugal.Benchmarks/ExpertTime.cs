using System.Diagnostics;
using Frugal.Compression.Packing;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using TorchSharp;
using static System.FormattableString;
using static TorchSharp.torch;

namespace Frugal.Benchmarks;

/// <summary>
/// A mixture of experts in its grouped dispatch against a loop over the experts as it is usually written (that of Mixtral's published code), against buffers of one size for all experts, as for
/// experts that stand elsewhere, against the form that masks (every expert on every row), and beside one expert that computes all rows. "Products" are the experts alone on rows that lie ready, without router,
/// gathering and adding up: no dispatch of the same experts can be faster, so the loop's time over theirs is the most that any can gain. In inference also packed, as one call of our kernels, in floating point and
/// with 8-bit weights. All but the dense one, the products and 8 bits must compute the same to rounding, which is checked first.
/// </summary>
internal static class ExpertTime
{
    // Rows times experts from which on the masking form would take the measurement's time.
    private const long MostMasked = 60_000;

    /// <summary>The table.</summary>
    public static IEnumerable<string> Lines(Arguments arguments)
    {
        int dim = arguments.Number("--dim", 192), hidden = arguments.Number("--hidden", 768), k = arguments.Number("--k", 1), rounds = arguments.Number("--rounds", 15);
        yield return Invariant($"Experts {dim}→{hidden}→{dim}, each row goes to {k}. Loop, buffers, masked: their time ÷ the grouped dispatch's, above 1 grouped is faster; limit: the loop's time ÷ that of the experts' products alone, which no dispatch can exceed. Dense: the time of grouped, packed and packed 8-bit experts ÷ that of one expert on all rows. MB: weights of the experts touched, and of all. Medians of rounds in turn.");
        yield return "";
        yield return "| experts | rows | mode | grouped ms | loop | limit | buffers | masked | grouped ÷ dense | packed ÷ dense | 8-bit ÷ dense | touched | MB | of all MB |";
        yield return "| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |";
        foreach (int experts in arguments.Numbers("--experts", "8,64,256"))
        {
            using var outer = NewDisposeScope();
            manual_seed(1).Dispose();
            using var layer = new MixtureOfExperts(dim, hidden, experts, new TopKRouter { K = k }, balanceWeight: 0);
            using var packed = Packed(layer, isInt8: false);
            using var int8 = Packed(layer, isInt8: true);
            foreach (int rows in arguments.Numbers("--rows", "1,32,197,1576"))
                foreach (bool isTraining in new[] { false, true })
                    yield return Row(new(layer, packed, int8, rows, isTraining), rounds);
        }
    }

    private static string Row(Case at, int rounds)
    {
        using var scope = NewDisposeScope();
        var layer = at.Layer;
        layer.train(at.IsTraining);
        var input = randn(at.Rows, layer.Dim);
        var ready = Ready(layer, input);
        var contestants = new Dictionary<string, Func<Tensor, Tensor>>
        {
            ["grouped"] = layer.call,
            ["loop"] = x => Loop(layer, x),
            ["buffers"] = x => Buffers(layer, x),
            ["dense"] = layer.Experts[0].call,
            ["products"] = x => Products(ready, x.requires_grad),
        };
        if ((long)at.Rows * layer.NumExperts <= MostMasked)
            contestants["masked"] = x => Masked(layer, x);
        if (!at.IsTraining)
            (contestants["packed"], contestants["8-bit"]) = (at.Packed.call, at.Int8.call);
        long touched = Check(layer, input, contestants);
        var times = Times(contestants.ToDictionary(each => each.Key, each => (Action)(() => Run(layer, each.Value, input, at.IsTraining))), rounds);
        double megabytes = layer.Experts[0].parameters().Sum(parameter => parameter.numel()) * sizeof(float) / 1e6;
        string Ratio(string of, string to) => times.TryGetValue(of, out double time) ? Invariant($"{time / times[to]:F2}") : "–";
        return Invariant($"| {layer.NumExperts} | {at.Rows} | {(at.IsTraining ? "training step" : "inference")} | {times["grouped"]:F3} | {Ratio("loop", "grouped")} | {Ratio("loop", "products")} | {Ratio("buffers", "grouped")} | {Ratio("masked", "grouped")} | {Ratio("grouped", "dense")} | {Ratio("packed", "dense")} | {Ratio("8-bit", "dense")} | {touched} | {touched * megabytes:F1} | {layer.NumExperts * megabytes:F1} |");
    }

    // How many experts the rows go to.
    private static long Check(MixtureOfExperts layer, Tensor input, Dictionary<string, Func<Tensor, Tensor>> contestants)
    {
        using var mode = no_grad();
        var expected = layer.call(input);
        foreach (var (name, forward) in contestants.Where(each => each.Key is not ("dense" or "products" or "8-bit")))
            if (!forward(input).allclose(expected, rtol: 1e-3, atol: 1e-4))
                throw new InvalidOperationException($"{layer.NumExperts} experts, {input.shape[0]} rows: {name} computes something else.");
        return layer.Route(input).Experts!.unique().output.shape[0];
    }

    private static void Run(MixtureOfExperts layer, Func<Tensor, Tensor> forward, Tensor input, bool isTraining)
    {
        using var scope = NewDisposeScope();
        using IDisposable mode = isTraining ? enable_grad() : inference_mode();
        if (!isTraining)
        {
            forward(input);
            return;
        }
        layer.zero_grad();
        forward(input.detach().requires_grad_()).sum().backward();
    }

    // One expert after the other, as Mixtral's code does it: which choices are its, run it on their rows, add the results in place.
    private static Tensor Loop(MixtureOfExperts layer, Tensor input)
    {
        using var scope = NewDisposeScope();
        var routing = layer.Route(input);
        var weights = routing.Weights!.view(-1, routing.PerToken);
        // [experts, k, rows]
        var masks = nn.functional.one_hot(routing.Experts!.view(-1, routing.PerToken), layer.NumExperts).permute(2, 1, 0);
        var output = zeros_like(input);
        foreach (var (expert, i) in layer.Experts.Select((expert, i) => (expert, i)))
        {
            var places = masks[i].nonzero().unbind(1);
            if (places[0].shape[0] > 0)
                output.index_add_(0, places[1], expert.call(input.index_select(0, places[1])) * weights.index(places[1], places[0]).unsqueeze(1), 1);
        }
        return output.MoveToOuterDisposeScope();
    }

    private static List<(nn.Module<Tensor, Tensor> Expert, Tensor Rows)> Ready(MixtureOfExperts layer, Tensor input)
    {
        using var mode = no_grad();
        long[] chosen = RoutingMath.Numbers(layer.Route(input).Experts!);
        int k = chosen.Length / (int)input.shape[0];
        return [.. chosen.Select((expert, choice) => (Expert: expert, Row: (long)(choice / k))).GroupBy(each => each.Expert, each => each.Row)
            .Select(rows => (layer.Experts[(int)rows.Key], input.index_select(0, tensor(rows.ToArray()))))];
    }

    private static Tensor Products(List<(nn.Module<Tensor, Tensor> Expert, Tensor Rows)> ready, bool hasGradient)
    {
        using var scope = NewDisposeScope();
        var outputs = ready.Select(each => each.Expert.call(hasGradient ? each.Rows.detach().requires_grad_() : each.Rows)).ToList();
        return (hasGradient ? stack([.. outputs.Select(output => output.sum())]) : outputs[0]).MoveToOuterDisposeScope();
    }

    private static Tensor Buffers(MixtureOfExperts layer, Tensor input)
    {
        using var scope = NewDisposeScope();
        var routing = layer.Route(input);
        var table = DispatchTable.Of(routing);
        var outputs = table.Gather(input).unbind(0).Zip(layer.Experts, (rows, expert) => expert.call(rows));
        return table.Scatter(stack(outputs), routing.Weights!).MoveToOuterDisposeScope();
    }

    private static Tensor Masked(MixtureOfExperts layer, Tensor input)
    {
        using var scope = NewDisposeScope();
        return ExpertDispatch.RunAll(layer.Experts, input, layer.Route(input).ToDense()).MoveToOuterDisposeScope();
    }

    private static MixtureOfExperts Packed(MixtureOfExperts layer, bool isInt8)
    {
        using var mode = no_grad();
        var packed = new MixtureOfExperts(layer.Dim, layer.HiddenDim, layer.NumExperts, layer.Router, balanceWeight: 0);
        packed.get_parameter("gate.weight")!.copy_(layer.get_parameter("gate.weight")!);
        foreach (var (expert, i) in layer.Experts.Select((expert, i) => (expert, i)))
            ModuleSurgery.Replace(packed, $"experts.{i}", PackExperts.Chain(expert, isInt8));
        packed.eval();
        return packed;
    }

    // Milliseconds of each, medians of rounds in turn; the first round warms code and caches and is not counted.
    private static Dictionary<string, double> Times(Dictionary<string, Action> contestants, int rounds)
    {
        var times = contestants.Keys.ToDictionary(name => name, _ => new List<double>());
        for (int round = -1; round < rounds; round++)
            foreach (var (name, run) in contestants)
            {
                int calls = 0;
                long start = Stopwatch.GetTimestamp();
                do
                {
                    run();
                    calls++;
                }
                while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < 4);
                if (round >= 0)
                    times[name].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds / calls);
            }
        return times.ToDictionary(each => each.Key, each => each.Value.Order().ElementAt(each.Value.Count / 2));
    }

    private sealed record Case(MixtureOfExperts Layer, MixtureOfExperts Packed, MixtureOfExperts Int8, int Rows, bool IsTraining);
}
