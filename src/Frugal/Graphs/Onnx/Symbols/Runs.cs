namespace Frugal.Graphs.Onnx.Symbols;

/// <summary>
/// The runs that a model is captured in, so that one can tell what each of its integers depends on. The batch and each dynamic length have two values, in all combinations, which determine
/// every formula that is linear in each of them; where there are lengths a last run with others shows whether the formula is one.
/// </summary>
internal sealed class Runs
{
    private readonly IReadOnlyList<string> names;
    private readonly int combinations;
    private readonly long batchStep;

    private Runs(IReadOnlyList<string> names, long batchStep, IReadOnlyList<CaptureSizes> sizes)
    {
        this.names = names;
        this.batchStep = batchStep;
        Sizes = sizes;
        combinations = 1 << names.Count;
    }

    /// <summary>The sizes of each run.</summary>
    public IReadOnlyList<CaptureSizes> Sizes { get; }

    /// <param name="batch">One batch.</param>
    /// <param name="otherBatch">The other, one more or one fewer.</param>
    /// <param name="lengths">The example's lengths, which are the longest. As with a batch of one, much is a special case there, such as a table of positions that is not cut.</param>
    public static Runs Of(long batch, long otherBatch, IReadOnlyDictionary<string, long> lengths)
    {
        List<string> names = [DynamicLength.Batch, .. lengths.Keys];
        List<CaptureSizes> sizes = [.. Enumerable.Range(0, 1 << names.Count).Select(run => At(run, batch, otherBatch, lengths))];
        if (lengths.Count > 0)
            sizes.Add(new CaptureSizes(Math.Max(batch, otherBatch) + 1, lengths.ToDictionary(length => length.Key, length => length.Value - 4)));
        return new(names, otherBatch - batch, sizes);
    }

    /// <summary>What the integer is for any batch and lengths, or null where it is not linear in each of them.</summary>
    public IReadOnlyList<ExtentTerm>? FormulaOf(Extent extent)
    {
        // Around the first run: what one more of some sizes adds beyond what fewer of them add (Möbius inversion over their subsets), then in terms of the sizes themselves.
        var polynomial = new Polynomial(names.Count);
        for (int subset = 0; subset < combinations; subset++)
        {
            long difference = Enumerable.Range(0, combinations).Where(part => (part & subset) == part)
                .Sum(part => (int.PopCount(part ^ subset) % 2 == 0 ? 1 : -1) * extent[part]);
            polynomial.AddProduct(difference, Enumerable.Range(0, names.Count).Where(name => (subset >> name & 1) == 1).Select(name => (name, -SizeOf(Sizes[0], name), name == 0 ? batchStep : -1)));
        }
        if (Enumerable.Range(0, Sizes.Count).Any(run => polynomial.At([.. names.Select((_, name) => SizeOf(Sizes[run], name))]) != extent[run]))
            return null;
        return [.. polynomial.Terms.Select(term => new ExtentTerm(term.Factor, [.. term.Variables.Select(name => names[name])]))];
    }

    /// <summary>True for the batch size itself.</summary>
    public bool IsBatch(Extent extent) => Enumerable.Range(0, Sizes.Count).All(run => extent[run] == Sizes[run].Batch);

    /// <summary>Whether the integer changes with the batch.</summary>
    public bool DependsOnBatch(Extent extent) => Enumerable.Range(0, combinations / 2).Any(pair => extent[2 * pair] != extent[2 * pair + 1]);

    /// <summary>The formula, as shapes name it, or where there is none the numbers of the runs.</summary>
    public string NameOf(Extent extent) => FormulaOf(extent) is { } terms
        ? terms.Count == 0 ? "0" : string.Join("", terms.Select((term, i) => i > 0 && term.Factor > 0 ? $"+{term}" : $"{term}"))
        : $"{extent}";

    // Bit 0 of a run's number is the batch; the other bits are lengths, which fall.
    private static CaptureSizes At(int run, long batch, long otherBatch, IReadOnlyDictionary<string, long> lengths) =>
        new((run & 1) == 0 ? batch : otherBatch, lengths.Select((length, i) => (length.Key, Length: length.Value - 1 - (run >> (i + 1) & 1))).ToDictionary(length => length.Key, length => length.Length));

    private long SizeOf(CaptureSizes sizes, int name) => name == 0 ? sizes.Batch : sizes.Lengths[names[name]];
}
