using Frugal.Models.Vision;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Cells;

/// <summary>An edge that is all operations at once, each with its weight: what a search chooses from. <c>[b, c, h, w]</c> and weights <c>[operations]</c> to the weighted sum.</summary>
internal sealed class MixedOperation : Module<Tensor, Tensor, Tensor>
{
    private readonly IReadOnlyList<int> places;
    private readonly ModuleList<Module<Tensor, Tensor>> _ops;

    public MixedOperation(CellParts parts, IReadOnlyList<CellOperation> choices, long channels, long stride) : base(nameof(MixedOperation))
    {
        // Zeros add nothing to the sum, whatever their weight; the place of each other operation stays that among all.
        places = [.. Enumerable.Range(0, choices.Count).Where(i => choices[i] != CellOperation.None)];
        _ops = new([.. choices.Select(choice => choice == CellOperation.None ? Identity() : parts.Operation(choice, channels, stride))]);
        register_module("_ops", _ops);
    }

    public override Tensor forward(Tensor input, Tensor weights)
    {
        using var scope = NewDisposeScope();
        return places.Select(i => _ops[i].call(input) * weights[i]).Aggregate((sum, term) => sum + term).MoveToOuterDisposeScope();
    }
}
