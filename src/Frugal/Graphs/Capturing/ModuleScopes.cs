using static TorchSharp.torch.nn;

namespace Frugal.Graphs.Capturing;

/// <summary>
/// Tells the recorder when the forward of a submodule begins and ends, through forward hooks that are removed on disposal. A module that is run by
/// <c>forward</c> instead of <c>call</c> has no hooks: its operators count for the module around it.
/// </summary>
internal sealed class ModuleScopes : IDisposable
{
    private readonly List<Action> removals = [];

    public ModuleScopes(IEnumerable<(string Path, Module Module)> modules, GraphRecorder recorder)
    {
        foreach (var (path, module) in modules)
        {
            Register(module, "register_forward_pre_hook", _ => recorder.Enter(path));
            Register(module, "register_forward_hook", _ => recorder.Exit());
        }
    }

    public void Dispose() => removals.ForEach(remove => remove());

    /// <summary>The hook methods live on a generic class with one instance per signature of <c>forward</c>, hence by name.</summary>
    private void Register(Module module, string method, Action<Module> hook)
    {
        if (module.GetType().GetMethod(method, [typeof(Action<Module>)])?.Invoke(module, [hook]) is { } remover)
            removals.Add(remover.GetType().GetMethod("remove", [])!.CreateDelegate<Action>(remover));
    }
}
