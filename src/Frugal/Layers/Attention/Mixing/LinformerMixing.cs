using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>Softmax attention over keys E K and values E V, where E, <c>[projected, tokens]</c>, is learned and the same for all heads. Padding is zero before the projection.</summary>
internal sealed class LinformerMixing : HeadMixing
{
    private readonly Parameter projection;
    private readonly double dropRate;

    public LinformerMixing(long projected, long maxTokens, double dropRate) : base(nameof(LinformerMixing))
    {
        this.dropRate = dropRate;
        // Entries of variance 1/projected keep lengths on average (Johnson and Lindenstrauss).
        projection = Parameter(randn(projected, maxTokens) / Math.Sqrt(projected));
        RegisterComponents();
    }

    public override Tensor Run(Tensor query, Tensor key, Tensor value, Tensor? isToken)
    {
        using var scope = NewDisposeScope();
        var along = projection.narrow(1, 0, query.shape[2]);
        Tensor Projected(Tensor all) => along.matmul(isToken is null ? all : all * Beside(isToken, all));
        return HeadAttention.Attend(query, Projected(key), Projected(value), null, dropRate: training ? dropRate : 0).MoveToOuterDisposeScope();
    }
}
