using Frugal.Interop;
using static TorchSharp.torch;

namespace Frugal.Training.Optimizers;

/// <summary>Updates with the gradients that a golden file gives: parameters <c>param.NAME</c>, gradients <c>in.grad.NAME [steps, ...]</c>, results <c>out.NAME [steps, ...]</c>.</summary>
internal static class GoldenSteps
{
    /// <summary>Makes all updates, in double precision as the references did.</summary>
    /// <param name="file">The case.</param>
    /// <param name="optimizer">The update rule.</param>
    /// <param name="notDecayed">Names without weight decay.</param>
    /// <param name="beforeStep">What happens to the gradients of a step before the update.</param>
    public static GoldenOutputs Run(GoldenFile file, Optimizer optimizer, IReadOnlyCollection<string> notDecayed, Action<IReadOnlyList<ParameterGroup>, int>? beforeStep = null)
    {
        var names = file.Params.Where(name => file.HasIn($"grad.{name}")).ToList();
        var parameters = names.ToDictionary(name => name, name => file.Param(name).to(float64).requires_grad_());
        var gradients = names.ToDictionary(name => name, name => file.In($"grad.{name}").to(float64));
        List<ParameterGroup> groups =
        [
            new([.. names.Where(name => !notDecayed.Contains(name)).Select(name => (name, parameters[name]))]),
            new([.. names.Where(notDecayed.Contains).Select(name => (name, parameters[name]))]) { Decays = false },
        ];
        var path = names.ToDictionary(name => name, _ => new List<Tensor>());
        using var state = optimizer.Start(groups);
        for (int step = 0; step < gradients[names[0]].shape[0]; step++)
        {
            foreach (string name in names)
                parameters[name].grad = gradients[name][step].clone();
            beforeStep?.Invoke(groups, step);
            state.Step(optimizer.Lr);
            foreach (string name in names)
                path[name].Add(parameters[name].detach().clone());
        }
        var outputs = new GoldenOutputs();
        foreach (string name in names)
            outputs[name] = stack(path[name]).to(float32);
        return outputs;
    }
}
