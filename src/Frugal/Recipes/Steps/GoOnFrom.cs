using Frugal.Catalogue;
using Frugal.Models;

namespace Frugal.Recipes.Steps;

/// <summary>
/// Puts the finished model of another arm of the same study in the place of the model, so that arms which change one trained network need not each train it first. That arm runs first.
/// </summary>
[Entry("go-on-from")]
public sealed class GoOnFrom : Step
{
    /// <summary>Which of the arms of the study.</summary>
    [Shorthand]
    public required string Arm { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Teacher> LearnsFrom => [new TeacherArm { Name = Arm }];

    /// <inheritdoc/>
    /// <exception cref="FrugalException">There is no such arm, it failed, or its model has no weights left that could be changed; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        using var other = subject.OtherModels.OfArm(Arm);
        var copy = ModelCopy.Of(other.Model);
        copy.train(subject.Model.training);
        subject.Model.Dispose();
        subject.Model = copy;
        return subject;
    }
}
