using static TorchSharp.torch;

namespace Frugal.Training.Optimizers;

/// <summary>One parameter under an update rule, with its moments.</summary>
public sealed class Slot : IDisposable
{
    private readonly Tensor?[] moments;

    internal Slot(string name, Tensor value, ParameterGroup group, int momentCount)
    {
        Name = name;
        Value = value;
        Shape = value.shape;
        Group = group;
        moments = new Tensor?[momentCount];
    }

    /// <summary>Path of the parameter in the model.</summary>
    public string Name { get; }

    /// <summary>The parameter.</summary>
    public Tensor Value { get; }

    /// <summary>Its shape, which outlives a parameter that was replaced.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The group it belongs to.</summary>
    public ParameterGroup Group { get; }

    /// <summary>How often this parameter was updated, the update in progress included.</summary>
    public long Steps { get; internal set; }

    /// <summary>How the entries that a mask leaves out are drawn to zero in the next update; null for a parameter that no mask is on.</summary>
    internal MaskedDecay? MaskedDecay { get; set; }

    /// <summary>A moment, in the order in which the rule named them; null before the parameter's first gradient.</summary>
    public Tensor? this[int moment] => moments[moment];

    /// <summary>A moment that starts at zero.</summary>
    public Tensor FromZero(int moment) => moments[moment] ??= zeros_like(Value, requires_grad: false).DetachFromDisposeScope();

    /// <summary>Starts a moment with a copy of <paramref name="value"/>.</summary>
    public Tensor StartFrom(int moment, Tensor value)
    {
        moments[moment]?.Dispose();
        return moments[moment] = value.detach().clone().DetachFromDisposeScope();
    }

    /// <summary>Takes a moment from a file or a former state.</summary>
    /// <exception cref="FrugalException">The shape is not the parameter's.</exception>
    internal void Take(int moment, string fullName, Tensor value)
    {
        if (!value.shape.SequenceEqual(Shape))
            throw new FrugalException($"{fullName} has shape [{string.Join(", ", value.shape)}], but {Name} has [{string.Join(", ", Shape)}].");
        using var scope = NewDisposeScope();
        StartFrom(moment, value.to(Value.dtype, Value.device));
    }

    /// <summary>Disposes the moments.</summary>
    public void Dispose()
    {
        foreach (var moment in moments)
            moment?.Dispose();
    }
}
