using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Packing;

/// <summary>Modules one after the other, as a network runs them that hands on what each returns; it does not own them.</summary>
internal sealed class ModuleRun(IReadOnlyList<Module<Tensor, Tensor>> sequence) : Module<Tensor, Tensor>(nameof(ModuleRun))
{
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        foreach (var module in sequence)
            input = module.call(input);
        return input.MoveToOuterDisposeScope();
    }
}
