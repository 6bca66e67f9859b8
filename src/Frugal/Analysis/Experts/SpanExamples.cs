using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Analysis;

/// <summary>
/// Sequences of states as an encoder might give them, in which a span follows a marker: where it begins and how long it is depends on the domain and on a parity, which every state shows. A stand-in for questions, to
/// ask what a span head can tell apart.
/// </summary>
/// <param name="States"><c>[examples, tokens, dim]</c>.</param>
/// <param name="Start">First token of the span, <c>[examples]</c>.</param>
/// <param name="End">Last token of it, <c>[examples]</c>.</param>
internal sealed record SpanExamples(Tensor States, Tensor Start, Tensor End)
{
    /// <summary>Width of a state.</summary>
    public const int Dim = 32;

    private const int Tokens = 32, Domains = 8, Marks = 8, FirstMarker = 4, LastMarker = 23;
    private const double Noise = 0.3;

    /// <summary>Draws the codes of domains and of places around a marker, which all examples of a run share.</summary>
    public static (Tensor Domains, Tensor Marks) Codes(RandomStreams random)
    {
        using var generator = random.TorchAt("span-codes");
        return (randn([2 * Domains, Dim], generator: generator), randn([Marks, Dim], generator: generator));
    }

    /// <summary>Draws examples.</summary>
    /// <param name="codes">What <see cref="Codes"/> gave.</param>
    /// <param name="count">How many.</param>
    /// <param name="firstDomain">The first of the domains, which are equally likely.</param>
    /// <param name="endDomain">The one after the last.</param>
    /// <param name="random">Where they come from.</param>
    /// <param name="split">Name of the split; each has examples of its own.</param>
    public static SpanExamples Draw((Tensor Domains, Tensor Marks) codes, int count, int firstDomain, int endDomain, RandomStreams random, string split)
    {
        using var scope = NewDisposeScope();
        using var generator = random.TorchAt($"spans: {split}");
        Tensor Drawn(int low, int end) => randint(low, end, [count], int64, generator: generator);
        Tensor domain = Drawn(firstDomain, endDomain), parity = Drawn(0, 2), marker = Drawn(FirstMarker, LastMarker + 1);
        var place = arange(Tokens).unsqueeze(0) - marker.unsqueeze(1);
        var mark = where(place.ge(0).logical_and(place.lt(Marks - 1)), place, full_like(place, Marks - 1));
        var states = codes.Domains.index_select(0, 2 * domain + parity).unsqueeze(1) + codes.Marks.index_select(0, mark.flatten()).view(count, Tokens, Dim) + Noise * randn([count, Tokens, Dim], generator: generator);
        Tensor third = domain.remainder(3), odd = domain.remainder(2), isEven = parity.eq(0);
        var start = marker + 1 + where(isEven, third, 2 - third);
        var end = start + where(isEven, odd, 1 - odd);
        return new(states.MoveToOuterDisposeScope(), start.MoveToOuterDisposeScope(), end.MoveToOuterDisposeScope());
    }

    /// <summary>Share of the examples whose span has the largest sum of logits among all spans.</summary>
    /// <param name="logits">Start and end logits, <c>[examples, tokens, 2]</c>.</param>
    public double ExactMatch(Tensor logits)
    {
        using var scope = NewDisposeScope();
        var sums = logits.select(-1, 0).unsqueeze(2) + logits.select(-1, 1).unsqueeze(1);
        var best = sums.masked_fill(ones_like(sums[0]).tril(-1).to(ScalarType.Bool), double.NegativeInfinity).flatten(1).argmax(-1);
        return best.eq(Start * Tokens + End).to(float32).mean().item<float>();
    }
}
