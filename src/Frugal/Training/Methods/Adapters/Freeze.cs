using Frugal.Catalogue;
using Frugal.Layers.Surgery;
using Frugal.Recipes;

namespace Frugal.Training.Methods.Adapters;

/// <summary>Trains chosen parameters only and leaves all others as they are: the cores of factorised layers, say, to heal a compressed network.</summary>
[Entry("freeze")]
[Capabilities(CombinesWith = ["compactifai", "monarch", "low-rank"])]
public sealed class Freeze : TrainingMethod
{
    private readonly TrainedChoice choice = new();

    /// <summary>Names of the parameters that are trained, <c>*</c> standing for anything.</summary>
    [Shorthand]
    public IReadOnlyList<string> Except { get; init; } = ["*"];

    /// <inheritdoc/>
    public override Phase Phase => Phase.Model;

    /// <inheritdoc/>
    public override IEnumerable<string> Claims(Fit fit) => [TrainedChoice.Claim];

    /// <inheritdoc/>
    /// <exception cref="FrugalException">A pattern matches no parameter; the model is as before.</exception>
    public override void OnBuild(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var patterns = Patterns(subject, Except, "freeze");
        choice.Make(subject.Model, (name, parameter) => parameter.requires_grad && patterns.Any(pattern => pattern.Matches(name)));
    }

    /// <inheritdoc/>
    public override void OnFitEnd(Fit fit) => choice.Undo();

    /// <inheritdoc/>
    public override void Undo(Subject subject) => choice.Undo();

    /// <inheritdoc/>
    public override MethodState Save() => MethodState.None;

    /// <inheritdoc/>
    public override void Load(MethodState state) { }

    /// <summary>Patterns over the names of parameters, each of which matches one.</summary>
    internal static IReadOnlyList<NamePattern> Patterns(Subject subject, IReadOnlyList<string> texts, string method)
    {
        var names = subject.Model.named_parameters().Select(own => own.name).ToList();
        foreach (string text in texts.Where(text => !names.Any(new NamePattern(text).Matches)))
            throw new FrugalException($"{method}: '{text}' matches no parameter of {subject.Model.GetName()}{Catalogue.NearestName.Hint(text, names)}");
        return [.. texts.Select(text => new NamePattern(text))];
    }
}
