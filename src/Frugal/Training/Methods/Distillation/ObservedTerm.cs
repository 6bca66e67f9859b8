using Frugal.Layers;
using Frugal.Recipes;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Methods.Distillation;

/// <summary>A term at work: it observes the layers it compares, and holds the adapters between them.</summary>
internal sealed class ObservedTerm : IDisposable
{
    private readonly DistillationTerm term;
    private readonly LayerOutputs student, teacher;
    private readonly Module<Tensor, Tensor>?[] adapters;

    /// <summary>Finds the layers and tries them on an empty image.</summary>
    /// <exception cref="FrugalException">Layers do not pair off, or cannot be compared.</exception>
    public ObservedTerm(DistillationTerm term, Subject subject, FrozenModel teacher, Generator generator)
    {
        this.term = term;
        var pairs = term.Pairs(subject.Model, teacher.Model);
        student = new LayerOutputs(subject.Model, [.. pairs.Select(pair => pair.Student)]);
        this.teacher = new LayerOutputs(teacher.Model, [.. pairs.Select(pair => pair.Teacher)]);
        try
        {
            adapters = Adapt(pairs, subject, teacher, generator);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The adapters, by the position of their pair.</summary>
    public IEnumerable<(int Position, Module<Tensor, Tensor> Adapter)> Adapters => adapters.Index().Where(each => each.Item is not null).Select(each => (each.Index, each.Item!));

    /// <summary>The term with its factor, from the passes that both networks have just made.</summary>
    public Tensor Loss(Tensor studentLogits, Tensor teacherLogits)
    {
        using var scope = NewDisposeScope();
        var layers = student.Take(scope).Zip(teacher.Take(scope)).Select((pair, i) => (adapters[i]?.call(pair.First) ?? pair.First, pair.Second)).ToList();
        return (term.Loss(new(studentLogits, teacherLogits, layers)) * term.Weight).MoveToOuterDisposeScope();
    }

    private Module<Tensor, Tensor>?[] Adapt(IReadOnlyList<LayerPair> pairs, Subject subject, FrozenModel teacherModel, Generator generator)
    {
        if (pairs.Count == 0)
            return [];
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var example = subject.Model.Example(2, subject.Device);
        teacherModel.Ask(example);
        bool wasTraining = subject.Model.training;
        subject.Model.eval();
        subject.Model.call(example);
        subject.Model.train(wasTraining);
        return [.. pairs.Zip(student.Take(scope), teacher.Take(scope)).Select(each =>
        {
            var adapter = term.Adapter(each.First, each.Second.shape, each.Third.shape, generator);
            adapter?.to(subject.Device, each.Second.dtype);
            return adapter;
        })];
    }

    public void Dispose()
    {
        student.Dispose();
        teacher.Dispose();
        foreach (var adapter in adapters ?? [])
            adapter?.Dispose();
    }
}
