using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Experts;

/// <summary>
/// Runs experts on the tokens that chose them: choices are sorted by expert, tokens gathered once, each expert that was chosen runs once on its rows, and the weighted rows are added to where they came from. The
/// work grows with the choices, and nothing is padded.
/// </summary>
internal static class ExpertDispatch
{
    /// <summary>Σ weight · expert(token) over the choices.</summary>
    /// <param name="experts">The experts, each <c>[rows, dim]</c> to the same.</param>
    /// <param name="tokens"><c>[tokens, dim]</c>.</param>
    /// <param name="routing">What the router decided.</param>
    public static Tensor Run(IReadOnlyList<Module<Tensor, Tensor>> experts, Tensor tokens, Routing routing)
    {
        if (routing.Dense is { } dense)
            return RunAll(experts, tokens, dense);
        if (routing.PerToken > 0)
            return RunEven(experts, tokens, RoutingMath.Numbers(routing.Experts!), routing.PerToken, routing.Weights!);
        using var scope = NewDisposeScope();
        var (order, counts) = Sort(RoutingMath.Numbers(routing.Experts!), experts.Count);
        if (order.Length == 0)
            return zeros_like(tokens).MoveToOuterDisposeScope();
        var places = tensor(order, device: tokens.device);
        var rows = routing.Tokens!.index_select(0, places);
        var weighted = Outputs(experts, tokens.index_select(0, rows), counts) * routing.Weights!.index_select(0, places).unsqueeze(1);
        return zeros_like(tokens).index_add(0, rows, weighted, 1).MoveToOuterDisposeScope();
    }

    /// <summary>The same where all tokens have as many choices: outputs are put back into the order of the tokens, where they lie side by side.</summary>
    /// <param name="experts">The experts, each <c>[rows, dim]</c> to the same.</param>
    /// <param name="tokens"><c>[tokens, dim]</c>.</param>
    /// <param name="chosen">Expert of each choice, token by token.</param>
    /// <param name="perToken">Choices of a token.</param>
    /// <param name="weights">Weight of each choice.</param>
    public static Tensor RunEven(IReadOnlyList<Module<Tensor, Tensor>> experts, Tensor tokens, long[] chosen, int perToken, Tensor weights)
    {
        if (chosen.Length == 0)
            return zeros_like(tokens);
        using var scope = NewDisposeScope();
        var (order, counts) = Sort(chosen, experts.Count);
        bool isOne = perToken == 1 && counts[chosen[0]] == chosen.Length;
        var outputs = isOne
            ? experts[(int)chosen[0]].call(tokens)
            : Outputs(experts, tokens.index_select(0, tensor(Array.ConvertAll(order, choice => choice / perToken), device: tokens.device)), counts).index_select(0, tensor(Inverse(order), device: tokens.device));
        var weighted = outputs * weights.reshape(-1, 1);
        return (perToken == 1 ? weighted : weighted.view(-1, perToken, weighted.shape[1]).sum(1)).MoveToOuterDisposeScope();
    }

    /// <summary>The formula itself: every expert on every token, times its weight. For soft routing, and for what a graph shows of any.</summary>
    /// <param name="experts">The experts.</param>
    /// <param name="tokens"><c>[tokens, dim]</c>.</param>
    /// <param name="weights"><c>[tokens, experts]</c>.</param>
    public static Tensor RunAll(IReadOnlyList<Module<Tensor, Tensor>> experts, Tensor tokens, Tensor weights)
    {
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        for (int expert = 0; expert < experts.Count; expert++)
        {
            var part = experts[expert].call(tokens) * weights.narrow(1, expert, 1);
            sum = sum is null ? part : sum + part;
        }
        return sum!.MoveToOuterDisposeScope();
    }

    /// <summary>Counts the choices of each expert and sorts them by it, keeping their order.</summary>
    internal static (long[] Order, long[] Counts) Sort(long[] chosen, int experts)
    {
        long[] counts = new long[experts], next = new long[experts], order = new long[chosen.Length];
        foreach (long expert in chosen)
            counts[expert]++;
        for (int expert = 1; expert < experts; expert++)
            next[expert] = next[expert - 1] + counts[expert - 1];
        for (int choice = 0; choice < chosen.Length; choice++)
            order[next[chosen[choice]]++] = choice;
        return (order, counts);
    }

    // Rows lie by expert. One split instead of a slice for each expert: the gradient of a slice would be as large as all rows.
    private static Tensor Outputs(IReadOnlyList<Module<Tensor, Tensor>> experts, Tensor rows, long[] counts)
    {
        var chosen = Enumerable.Range(0, experts.Count).Where(expert => counts[expert] > 0).ToList();
        var parts = rows.split([.. chosen.Select(expert => counts[expert])]);
        return cat([.. chosen.Select((expert, i) => experts[expert].call(parts[i]))], 0);
    }

    private static long[] Inverse(long[] order)
    {
        long[] places = new long[order.Length];
        for (int place = 0; place < order.Length; place++)
            places[order[place]] = place;
        return places;
    }
}
