using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Methods.Adapters;

/// <summary>Freezes a trained transformer and trains rows in front of sequences within it. The classifier is trained as it is.</summary>
public abstract class LearnedRowsTuning : BranchAdapters
{
    /// <summary>Takes the places that the method has by itself.</summary>
    protected LearnedRowsTuning() => Include = [];

    /// <summary>Rows to put in front of a sequence.</summary>
    [Range(1, 65_536)]
    [Shorthand]
    public long NumTokens { get; init => field = Guard.Between(value, 1, 65_536); } = 20;

    /// <summary>Standard deviation of the numbers that they begin with.</summary>
    [Range(0, 1e6)]
    public double InitialStd { get; init => field = Guard.Between(value, 0, 1e6); } = 0.02;

    /// <summary>What a place is called in messages.</summary>
    private protected abstract string Place { get; }

    /// <summary>The places that the method has by itself.</summary>
    private protected abstract IReadOnlyList<string> PlacesIn(Model model);

    /// <summary>Columns of the rows that stay zero.</summary>
    private protected virtual long Skip(string path, long dim) => 0;

    /// <inheritdoc/>
    protected override IReadOnlyList<(string Path, Module<Tensor, Tensor> Layer, long Dim)> Chosen(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var own = PlacesIn(model);
        var chosen = Include.Count > 0
            ? [.. new LayerSelection(Include, Exclude).Of<Module<Tensor, Tensor>>(model).Select(layer => layer.Path)]
            : new LayerSelection(["*"], Exclude).Of(own, Place, model.GetName());
        return chosen.Count > 0
            ? SequenceLayers.Of(model, chosen, EntryName.Of(this))
            : throw new FrugalException($"{EntryName.Of(this)} finds no {Place} in {model.GetName()}: name it by include");
    }

    /// <inheritdoc/>
    protected override Layer Branch(string path, long dim, Generator generator)
    {
        var rows = new LearnedRows(NumTokens, dim, Skip(path, dim));
        rows.Draw(InitialStd, generator);
        return rows;
    }
}
