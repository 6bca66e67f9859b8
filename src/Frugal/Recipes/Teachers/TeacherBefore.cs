using Frugal.Catalogue;
using Frugal.Models;

namespace Frugal.Recipes;

/// <summary>The student itself as it was: before this step, or before an earlier one that made it smaller.</summary>
[Entry("before")]
public sealed class TeacherBefore : Teacher
{
    /// <summary>Short name of an earlier step of the recipe, e.g. <c>low-rank</c>; the last one of that name counts. Null for the step that asks.</summary>
    [Shorthand]
    public string? Step { get; init; }

    /// <inheritdoc/>
    public override FrozenModel Open(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        return Step is null ? new(ModelCopy.Of(subject.Model)) : subject.OtherModels.Before(Step);
    }
}
