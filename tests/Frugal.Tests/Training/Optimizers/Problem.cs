using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Training.Optimizers;

/// <summary>A few parameters with gradients given by hand.</summary>
internal sealed class Problem : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly Dictionary<string, Tensor> parameters = [];

    /// <summary>Parameters by name; a name that starts with <c>b</c> does not decay.</summary>
    public Problem(params (string Name, Tensor Value)[] values)
    {
        foreach (var (name, value) in values)
            parameters[name] = value.detach().clone().requires_grad_();
        Groups =
        [
            new([.. parameters.Where(pair => pair.Key[0] != 'b').Select(pair => (pair.Key, pair.Value))]),
            new([.. parameters.Where(pair => pair.Key[0] == 'b').Select(pair => (pair.Key, pair.Value))]) { Decays = false },
        ];
    }

    public IReadOnlyList<ParameterGroup> Groups { get; }

    public Tensor this[string name] => parameters[name];

    /// <summary>Normal numbers, the same for the same seed.</summary>
    public static Tensor Normal(long seed, params long[] shape)
    {
        var random = new RandomStream((ulong)seed);
        return tensor([.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => random.NextNormal())], float64).reshape(shape);
    }

    /// <summary>Makes updates with these gradients, one list of names and values a step.</summary>
    public Problem Run(Optimizer optimizer, int steps, Func<int, string, Tensor> gradient, double? lr = null)
    {
        using var state = optimizer.Start(Groups);
        for (int step = 0; step < steps; step++)
            Step(state, step, gradient, lr ?? optimizer.Lr);
        return this;
    }

    /// <summary>Makes one update.</summary>
    public void Step(OptimizerState state, int step, Func<int, string, Tensor> gradient, double lr)
    {
        foreach (var (name, parameter) in parameters)
            parameter.grad = gradient(step, name);
        state.Step(lr);
    }

    /// <summary>Largest absolute difference between a parameter and another tensor.</summary>
    public double Difference(string name, Tensor other) => (parameters[name] - other).abs().max().ToDouble();

    public void Dispose() => scope.Dispose();
}
