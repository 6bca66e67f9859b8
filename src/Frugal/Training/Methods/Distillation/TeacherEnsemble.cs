using Frugal.Data;
using Frugal.Models;
using Frugal.Recipes;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Distillation;

/// <summary>Frozen teachers that answer together.</summary>
internal sealed class TeacherEnsemble : IDisposable
{
    private const int BatchSize = 256;
    private readonly List<FrozenModel> teachers = [];

    /// <summary>Opens all teachers.</summary>
    /// <exception cref="FrugalException">One of them is not there or does not fit the student.</exception>
    public static TeacherEnsemble Open(IEnumerable<Teacher> sources, Subject subject)
    {
        var ensemble = new TeacherEnsemble();
        try
        {
            foreach (var source in sources)
            {
                ensemble.teachers.Add(source.Open(subject));
                ensemble.teachers[^1].RequireFits(subject.Model);
            }
            return ensemble;
        }
        catch
        {
            ensemble.Dispose();
            throw;
        }
    }

    /// <summary>What they say to inputs <c>[batch, channels, height, width]</c>: soft labels and mean logits, <c>[batch, classes]</c> each.</summary>
    public TeacherAnswer Ask(Tensor inputs)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var answer = TeacherAnswer.Of(stack(teachers.Select(teacher => teacher.Ask(inputs))));
        return new(answer.SoftLabel.MoveToOuterDisposeScope(), answer.MeanLogits.MoveToOuterDisposeScope());
    }

    /// <summary>What they say to every example of a dataset, in its order.</summary>
    public TeacherAnswer AskAll(Dataset data, Device device)
    {
        using var scope = NewDisposeScope();
        var answers = new Loader(data, BatchSize, new RandomStreams(0)).Epoch(0).Select(batch => Ask(batch.Inputs.to(device))).ToList();
        return new(
            cat([.. answers.Select(answer => answer.SoftLabel)]).DetachFromDisposeScope(), cat([.. answers.Select(answer => answer.MeanLogits)]).DetachFromDisposeScope());
    }

    public void Dispose() => teachers.ForEach(teacher => teacher.Dispose());
}
