using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Methods;

/// <summary>Which parameters of a model are trained for a while; afterwards each is as before.</summary>
internal sealed class TrainedChoice
{
    /// <summary>What no two methods may decide at the same time.</summary>
    public const string Claim = "choice of what is trained";

    private readonly List<(Parameter Parameter, bool WasTrained)> changed = [];

    /// <summary>Trains the parameters that <paramref name="isTrained"/> accepts, by their names, and no others.</summary>
    public void Make(Module model, Func<string, Parameter, bool> isTrained)
    {
        foreach (var (name, parameter) in model.named_parameters())
        {
            bool trained = isTrained(name, parameter);
            if (parameter.requires_grad == trained)
                continue;
            changed.Add((parameter, parameter.requires_grad));
            parameter.requires_grad = trained;
        }
    }

    /// <summary>Puts everything back, but for what a method that put in layers of its own has taken out again.</summary>
    public void Undo()
    {
        foreach (var (parameter, wasTrained) in changed.Where(change => !change.Parameter.IsInvalid))
            parameter.requires_grad = wasTrained;
        changed.Clear();
    }
}
