namespace Frugal.Graphs.Groups;

/// <summary>A dimension of a parameter or buffer that changes together with others.</summary>
/// <param name="Parameter">Path of the parameter or buffer, e.g. <c>layer1.0.conv1.weight</c>.</param>
/// <param name="Dimension">Which of its dimensions.</param>
/// <param name="Role">What the dimension does with the channels.</param>
/// <param name="Indexes">
/// For each channel of the group its places in the dimension, rising: one in a convolution, <c>height · width</c> of them in a linear layer behind a flattened image,
/// <c>3 · headDim</c> in the fused weight of an attention whose channels are heads.
/// </param>
public sealed record ChannelMember(string Parameter, int Dimension, ChannelRole Role, IReadOnlyList<IReadOnlyList<int>> Indexes)
{
    /// <summary>Path of the module that holds the parameter; empty for the model itself.</summary>
    public string Layer => Parameter.LastIndexOf('.') is >= 0 and var dot ? Parameter[..dot] : "";

    /// <summary>As indexing in PyTorch, e.g. <c>fc.weight[:, 0..511]</c>, with the reach of the indexes and how many of them a channel has.</summary>
    public override string ToString()
    {
        int first = Indexes.Min(places => places[0]), last = Indexes.Max(places => places[^1]), each = Indexes[0].Count;
        string before = string.Concat(Enumerable.Repeat(":, ", Dimension));
        return $"{Parameter}[{before}{first}..{last}]{(each > 1 ? $" x{each}" : "")}";
    }
}
