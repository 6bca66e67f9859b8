using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>A part of a transformer that has a form of signs which is more than that of its linear layers.</summary>
internal interface IBinarizable
{
    /// <summary>Which child it is that becomes another layer; empty for the part itself.</summary>
    string BinaryChild { get; }

    /// <summary>The other layer, with the weights of this part.</summary>
    /// <param name="estimatorRank">Rank of the maps that stand for what signs lose; 0 for none.</param>
    /// <param name="generator">Where their first weights come from.</param>
    /// <exception cref="FrugalException">Its layers are not those of the architecture any more.</exception>
    Module<Tensor, Tensor> ToBinary(int estimatorRank, Generator generator);
}
