using Frugal.Catalogue;
using Frugal.Layers.Surgery;
using static TorchSharp.torch;

namespace Frugal.Recipes.Steps;

/// <summary>
/// Draws the weights of linear and convolution layers anew and clears their biases, or multiplies both: for studies that ask how much a method depends on how the
/// network begins.
/// </summary>
[Entry("initialize")]
[Capabilities(WorksOn = ["Linear", "Conv2d"])]
public sealed class Initialize : Step
{
    /// <summary>Standard deviation of the new Gaussian weights; 0 makes them zero; null keeps the weights and biases there are.</summary>
    [Range(0, 1000)]
    public double? Std { get; init => field = value is { } std ? Guard.Between(std, 0, 1000) : null; }

    /// <summary>Factors on weight and bias of layers, by their paths, e.g. <c>{ layers.fc1: 0.1 }</c>.</summary>
    public IReadOnlyDictionary<string, double> Scale { get; init; } = new Dictionary<string, double>();

    /// <inheritdoc/>
    /// <exception cref="FrugalException">A path of <see cref="Scale"/> names no layer with a weight.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var scaled = Scale.Select(factor => (Parameters: ParametersOf(subject, factor.Key), Factor: factor.Value)).ToList();
        if (Std is { } std)
            Redraw(subject, std);
        foreach (var (parameters, factor) in scaled)
            foreach (var parameter in parameters)
                parameter.mul_(factor);
        return subject;
    }

    private static void Redraw(Subject subject, double std)
    {
        using var generator = subject.Random.TorchAt("initialize");
        foreach (var (path, module) in subject.Model.named_modules().Where(child => child.module is TorchSharp.Modules.Linear or TorchSharp.Modules.Convolution))
        {
            foreach (var (name, parameter) in module.named_parameters(recurse: false))
            {
                if (name == "bias")
                    parameter.zero_();
                else
                    parameter.copy_(randn(parameter.shape, generator: generator).mul_(std));
            }
        }
    }

    private static List<Tensor> ParametersOf(Subject subject, string path)
    {
        List<Tensor> parameters = [.. ModuleSurgery.Find(subject.Model, path).parameters()];
        return parameters.Count > 0 ? parameters : throw new FrugalException($"initialize: '{path}' has no weights to scale.");
    }
}
