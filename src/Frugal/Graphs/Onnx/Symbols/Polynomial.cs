namespace Frugal.Graphs.Onnx.Symbols;

/// <summary>A polynomial with whole coefficients that is linear in each of its variables.</summary>
/// <param name="variables">Number of variables.</param>
internal sealed class Polynomial(int variables)
{
    // One for each subset of the variables; bit i stands for variable i.
    private readonly long[] coefficients = new long[1 << variables];

    /// <summary>The terms that are not zero: those of most variables first, the constant last.</summary>
    public IEnumerable<(long Factor, IReadOnlyList<int> Variables)> Terms => Enumerable.Range(0, coefficients.Length)
        .Where(subset => coefficients[subset] != 0)
        .OrderByDescending(int.PopCount).ThenBy(subset => subset)
        .Select(subset => (coefficients[subset], (IReadOnlyList<int>)[.. Enumerable.Range(0, variables).Where(i => (subset >> i & 1) == 1)]));

    /// <summary>Adds <c>factor · Π sign · (variable + shift)</c>, each variable at most once.</summary>
    public void AddProduct(long factor, IEnumerable<(int Variable, long Shift, long Sign)> factors)
    {
        var product = new Dictionary<int, long> { [0] = factor };
        foreach (var (variable, shift, sign) in factors)
        {
            var next = new Dictionary<int, long>();
            foreach (var (subset, coefficient) in product)
            {
                next[subset | 1 << variable] = sign * coefficient;
                next[subset] = sign * shift * coefficient;
            }
            product = next;
        }
        foreach (var (subset, coefficient) in product)
            coefficients[subset] += coefficient;
    }

    /// <summary>The value where the variables are these.</summary>
    public long At(IReadOnlyList<long> values) =>
        Enumerable.Range(0, coefficients.Length).Sum(subset => Enumerable.Range(0, variables).Where(i => (subset >> i & 1) == 1).Aggregate(coefficients[subset], (product, i) => product * values[i]));
}
