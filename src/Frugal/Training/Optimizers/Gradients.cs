using static TorchSharp.torch;

namespace Frugal.Training.Optimizers;

/// <summary>What is done to the gradients of all parameters together. Parameters without a gradient are passed over.</summary>
public static class Gradients
{
    /// <summary>The parameters that have a gradient, with it.</summary>
    public static IEnumerable<(string Name, Tensor Parameter, Tensor Gradient)> Of(IReadOnlyList<ParameterGroup> groups)
    {
        foreach (var group in groups)
            foreach (var (name, parameter) in group.Parameters)
                if (parameter.grad is { } gradient)
                    yield return (name, parameter, gradient);
    }

    /// <summary>Euclidean norm over the entries of all gradients.</summary>
    public static double GlobalNorm(IReadOnlyList<ParameterGroup> groups)
    {
        using var scope = NewDisposeScope();
        double squares = 0;
        foreach (var (_, _, gradient) in Of(groups))
            squares += Math.Pow(gradient.Norm(), 2);
        return Math.Sqrt(squares);
    }

    /// <summary>Multiplies all gradients in place.</summary>
    public static void Scale(IReadOnlyList<ParameterGroup> groups, double factor)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (_, _, gradient) in Of(groups))
            gradient.mul_(factor);
    }
}
