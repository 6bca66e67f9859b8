namespace Frugal.Recipes;

/// <summary>The models beside the subject's own that a step may learn from. Whoever runs the recipe knows them.</summary>
public sealed record OtherModels
{
    /// <summary>None at all: the step runs by itself.</summary>
    public static OtherModels None { get; } = new();

    /// <summary>Opens the finished model of another arm.</summary>
    /// <exception cref="FrugalException">There is none.</exception>
    public Func<string, FrozenModel> OfArm { get; init; } = arm =>
        throw new FrugalException($"There is no arm '{arm}' to learn from: only a study has arms. Name the folder of a saved model instead.");

    /// <summary>Opens the model as it was before an earlier step.</summary>
    /// <exception cref="FrugalException">There is no such step.</exception>
    public Func<string, FrozenModel> Before { get; init; } = step =>
        throw new FrugalException($"There is no step '{step}' before this one whose model could be the teacher: only a recipe keeps it. Give the model itself, or the folder of a saved one.");
}
