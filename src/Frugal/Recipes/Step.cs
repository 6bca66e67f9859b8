using Frugal.Catalogue;
using Frugal.Models.Runtime;

namespace Frugal.Recipes;

/// <summary>Anything that takes a subject and hands it on changed: training, a compression or growth transform, a measurement, an export.</summary>
[CatalogueKind("step", "steps")]
public abstract class Step
{
    private string? name;

    /// <summary>The step's short name in the catalogue, or its type's name when it is not catalogued.</summary>
    public string Name => name ??= EntryName.Of(this);

    /// <summary>
    /// Changes the subject. The model must be left in a state that can be saved; whatever the step replaces it disposes. When it
    /// throws, the model is as it was before.
    /// </summary>
    /// <returns>The subject to go on with, usually the one passed in.</returns>
    public abstract Subject Apply(Subject subject);

    /// <summary>
    /// False for a step that only runs the model or writes it, so that it also takes one that was made ready for a runtime (<see cref="RuntimeModel"/>) and has no weights left to change.
    /// </summary>
    public virtual bool NeedsWeights => true;

    /// <summary>True for a step that hands layers or the whole model to other kernels so that calls take less time: its report tells the latency before and after.</summary>
    public virtual bool IsTimed => false;

    /// <summary>The networks that the step learns from: those of a study's other arms are trained first, and the model is kept before a step that is named.</summary>
    public virtual IEnumerable<Teacher> LearnsFrom => [];

    /// <summary>True for a measurement of the finished model, which may see the test examples.</summary>
    public virtual bool ReadsTest => false;
}
