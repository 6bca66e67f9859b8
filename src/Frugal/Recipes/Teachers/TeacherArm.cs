using Frugal.Catalogue;

namespace Frugal.Recipes;

/// <summary>The finished model of another arm of the same study, trained with the same seed. That arm runs first.</summary>
[Entry("arm")]
public sealed class TeacherArm : Teacher
{
    /// <summary>Which of the arms of the study.</summary>
    [Shorthand]
    public required string Name { get; init; }

    /// <inheritdoc/>
    public override FrozenModel Open(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        return subject.OtherModels.OfArm(Name);
    }
}
