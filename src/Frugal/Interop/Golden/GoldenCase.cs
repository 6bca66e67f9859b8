namespace Frugal.Interop;

/// <summary>
/// How one method shows that it computes what its reference computed. There is one subclass for each slug, with a parameterless constructor;
/// <see cref="GoldenWalker"/> finds it by scanning the assembly.
/// </summary>
public abstract class GoldenCase
{
    /// <summary>The method, as its golden folder is called: <c>monarch</c>.</summary>
    public abstract string Slug { get; }

    /// <summary>Whether this build has the case of that name; all of the slug's by default. One that it lacks counts like one of an unknown method.</summary>
    public virtual bool Has(string name) => true;

    /// <summary>
    /// Builds what <see cref="GoldenFile.Config"/> says, loads <c>param.*</c>, runs on <c>in.*</c>, and returns every <c>out.*</c> of the file.
    /// Runs in a dispose scope, so that tensors need no disposing here.
    /// </summary>
    /// <exception cref="FrugalException">The case cannot be built; it then counts as failed.</exception>
    public abstract GoldenOutputs Run(GoldenFile file);

    /// <summary>
    /// How far a result may be off. By default: whole numbers and truth values exactly; double precision 1e-9, single precision 2e-5, of the
    /// larger of 1 and the result's largest magnitude; gradients (<c>grad.*</c>) in single precision 1e-4 of their largest magnitude.
    /// Override it where the method's sheet says otherwise.
    /// </summary>
    /// <param name="file">The case.</param>
    /// <param name="output">The result's name without <c>out.</c>.</param>
    public virtual Tolerance ToleranceFor(GoldenFile file, string output)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(output);
        return file.OutDtype(output) switch
        {
            SafetensorsDtype.F64 => Tolerance.OfLargest(1e-9, atLeast: 1),
            SafetensorsDtype.F32 when output.StartsWith("grad.", StringComparison.Ordinal) => Tolerance.OfLargest(1e-4),
            SafetensorsDtype.F32 => Tolerance.OfLargest(2e-5, atLeast: 1),
            SafetensorsDtype.F16 or SafetensorsDtype.BF16 => Tolerance.OfLargest(1e-2, atLeast: 1),
            _ => Tolerance.Exact,
        };
    }
}
