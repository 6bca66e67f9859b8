using Frugal.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Graphs.Capturing;

/// <summary>
/// Holds a model in evaluation mode, without gradients, and puts back on disposal what each module's mode and libtorch's random state were.
/// </summary>
internal sealed class EvaluationMode : IDisposable
{
    private readonly List<(Module Module, bool Training)> before;
    private readonly KeptRandomState randomState = new();
    private readonly IDisposable noGradients = no_grad();

    public EvaluationMode(Module model, IEnumerable<Module> submodules)
    {
        // Parents first: setting a module's mode sets that of all below it.
        before = [(model, model.training), .. submodules.Select(module => (module, module.training))];
        model.eval();
    }

    public void Dispose()
    {
        foreach (var (module, training) in before)
        {
            if (module.training != training)
                module.train(training);
        }
        noGradients.Dispose();
        randomState.Dispose();
    }
}
