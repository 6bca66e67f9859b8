using Frugal.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Recipes;

/// <summary>
/// The models of a run as they were before those steps that a later step looks back to: in the run's folder, so that another process finds them, or in memory where it has none.
/// </summary>
internal sealed class KeptModels(IReadOnlyList<Step> steps, string? folder) : IDisposable
{
    private readonly Dictionary<int, Model> copies = [];

    /// <summary>Keeps the model before a step, if a later step wants it.</summary>
    public void KeepBefore(int index, Model model)
    {
        if (!IsWanted(index))
            return;
        if (folder is null)
            copies.TryAdd(index, ModelCopy.Of(model));
        else if (!Directory.Exists(FolderOf(index)))
            ModelFolder.Save(model, FolderOf(index));
    }

    /// <summary>Opens the model as it was before the last step of a name that comes before another.</summary>
    /// <param name="name">Short name of the step.</param>
    /// <param name="asking">Position of the step that asks.</param>
    /// <param name="device">Where it is needed.</param>
    /// <exception cref="FrugalException">There is no such step.</exception>
    public FrozenModel Open(string name, int asking, Device device)
    {
        int index = IndexOf(name, asking);
        if (index < 0)
            throw new FrugalException(
                $"{steps[asking].Name} wants the model before the step '{name}' as its teacher, but {(asking == 0 ? "it is the first step" : $"before it come only {string.Join(", ", steps.Take(asking).Select(step => step.Name))}")}.");
        if (copies.TryGetValue(index, out var copy))
            return new(copy, isOwned: false);
        var model = ModelFolder.Load(FolderOf(index));
        model.to(device);
        return new(model);
    }

    private bool IsWanted(int index) => steps
        .Select((step, asking) => (step, asking))
        .Any(later => later.asking > index && later.step.LearnsFrom.OfType<TeacherBefore>().Any(teacher => teacher.Step is { } name && IndexOf(name, later.asking) == index));

    private int IndexOf(string name, int asking)
    {
        for (int index = asking - 1; index >= 0; index--)
            if (steps[index].Name == name)
                return index;
        return -1;
    }

    private string FolderOf(int index) => Path.Combine(folder!, $"before-step-{index + 1}");

    public void Dispose()
    {
        foreach (var copy in copies.Values)
            copy.Dispose();
    }
}
