using Frugal.Catalogue;

namespace Frugal.Recipes.Steps;

/// <summary>
/// Leaves everything as it is. As an arm of a study it proves that the harness measures no difference where there is none.
/// </summary>
[Entry("no-op")]
public sealed class NoOp : Step
{
    /// <inheritdoc/>
    public override bool NeedsWeights => false;

    /// <inheritdoc/>
    public override Subject Apply(Subject subject) => subject;
}
