using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training;

/// <summary>Finds numbers that are not finite: quickly whether there are any, and slowly where the first ones are.</summary>
internal static class FiniteCheck
{
    /// <summary>True when all gradients are finite.</summary>
    public static bool AreGradientsFinite(IReadOnlyList<ParameterGroup> groups) => AreFinite(groups, parameter => parameter.grad);

    /// <summary>True when all parameters are finite.</summary>
    public static bool AreParametersFinite(IReadOnlyList<ParameterGroup> groups) => AreFinite(groups, parameter => parameter);

    // A sum is finite only if all its terms are, and costs a twentieth of an element-wise check.
    private static bool AreFinite(IReadOnlyList<ParameterGroup> groups, Func<Tensor, Tensor?> of)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        Tensor? total = null;
        foreach (var group in groups)
            foreach (var (_, parameter) in group.Parameters)
                if (of(parameter) is { } tensor)
                    total = total is null ? tensor.sum(float32) : total.add_(tensor.sum(float32));
        return total is null || float.IsFinite(total.item<float>());
    }

    /// <summary>Name of the first parameter that is not finite, or null.</summary>
    public static string? FirstParameter(IReadOnlyList<ParameterGroup> groups) => First(groups, parameter => parameter);

    /// <summary>Name of the first parameter whose gradient is not finite, or null.</summary>
    public static string? FirstGradient(IReadOnlyList<ParameterGroup> groups) => First(groups, parameter => parameter.grad);

    /// <summary>Name of the first moment of the update rule that is not finite, or null.</summary>
    public static string? FirstMoment(OptimizerState optimizer)
    {
        using var scope = NewDisposeScope();
        return optimizer.Tensors.FirstOrDefault(moment => !IsFinite(moment.Value)).Key;
    }

    /// <summary>Runs the network on the batch and names the first layer, in order of execution, whose output is not finite; null when all are.</summary>
    public static string? FirstLayer(Module<Tensor, Tensor> model, Tensor inputs)
    {
        string? first = null;
        var hooks = new List<Action>();
        foreach (var (path, module) in model.named_modules())
        {
            if (module is not Module<Tensor, Tensor> layer || path.Length == 0)
                continue;
            var hook = layer.register_forward_hook((_, _, output) =>
            {
                if (first is null && !IsFinite(output))
                    first = path;
                return output;
            });
            hooks.Add(hook.remove);
        }
        try
        {
            using var frozen = no_grad();
            using var scope = NewDisposeScope();
            model.call(inputs);
            return first;
        }
        finally
        {
            hooks.ForEach(remove => remove());
        }
    }

    /// <summary>True when every entry is finite.</summary>
    public static bool IsFinite(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return !tensor.is_floating_point() || tensor.isfinite().all().item<bool>();
    }

    private static string? First(IReadOnlyList<ParameterGroup> groups, Func<Tensor, Tensor?> of)
    {
        using var scope = NewDisposeScope();
        return groups.SelectMany(group => group.Parameters).FirstOrDefault(parameter => of(parameter.Value) is { } tensor && !IsFinite(tensor)).Name;
    }
}
