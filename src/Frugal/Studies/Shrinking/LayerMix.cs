using Frugal.Layers.Surgery;
using Frugal.Models;
using TorchSharp.Modules;

namespace Frugal.Studies.Shrinking;

/// <summary>What kinds of layers a network's weights are in.</summary>
/// <param name="Linear">Share of them in linear layers other than the classifier.</param>
/// <param name="Convolution">Share of them in convolutions.</param>
public readonly record struct LayerMix(double Linear, double Convolution)
{
    /// <summary>The mix of a network.</summary>
    public static LayerMix Of(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var classifier = ModuleSurgery.Find(model, model.ClassifierPath);
        double all = model.parameters().Sum(parameter => parameter.numel());
        double linear = model.modules().OfType<Linear>().Where(layer => !ReferenceEquals(layer, classifier)).Sum(layer => layer.weight!.numel());
        double convolution = model.modules().OfType<Convolution>().Sum(layer => layer.get_parameter("weight")!.numel());
        return new(linear / all, convolution / all);
    }
}
