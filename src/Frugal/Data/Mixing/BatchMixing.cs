using static TorchSharp.torch;

namespace Frugal.Data.Mixing;

/// <summary>
/// Mixup (Zhang et al. 2017, arXiv 1710.09412) and CutMix (Yun et al. 2019, arXiv 1905.04899) with timm's conventions: the partner of example i of a batch
/// of B is example B-1-i, never a random one. Pure functions; the results are new tensors.
/// </summary>
public static class BatchMixing
{
    /// <summary>Mixes a batch with itself flipped.</summary>
    /// <param name="inputs">Images <c>[batch, channels, height, width]</c>.</param>
    /// <param name="mixes">How each example is mixed.</param>
    /// <returns>Mixed images of the same shape. Every example is mixed with its partner as it was before.</returns>
    public static Tensor Mix(Tensor inputs, IReadOnlyList<ExampleMix> mixes)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        RequireOneEach(inputs, mixes);
        using var scope = NewDisposeScope();
        var partners = inputs.flip(0);
        var mixed = mixes.Any(mix => mix.Box is null && mix.Lambda < 1) ? Average(inputs, partners, mixes) : inputs.clone();
        if (mixes[0].Box is { } shared && mixes.All(mix => mix.Box == shared))
            Paste(mixed, partners, .., shared);
        else
            for (int i = 0; i < mixes.Count; i++)
                if (mixes[i].Box is { } box)
                    Paste(mixed, partners, i..(i + 1), box);
        return mixed.MoveToOuterDisposeScope();
    }

    /// <summary>The targets of mixed examples: <c>λ smooth(y_i) + (1 - λ) smooth(y_{B-1-i})</c>.</summary>
    /// <param name="labels">Labels <c>[batch]</c>, int64.</param>
    /// <param name="mixes">How each example was mixed.</param>
    /// <param name="classes">Number of classes C.</param>
    /// <param name="smoothing">ε, 0 to 1: the right class gets 1 - ε + ε/C, every other ε/C. The loss must not smooth again.</param>
    /// <returns>Soft targets <c>[batch, classes]</c>, float32; rows sum to 1.</returns>
    public static Tensor Targets(Tensor labels, IReadOnlyList<ExampleMix> mixes, int classes, double smoothing)
    {
        ArgumentNullException.ThrowIfNull(labels);
        RequireOneEach(labels, mixes);
        Guard.Between(smoothing, 0, 1);
        using var scope = NewDisposeScope();
        double off = smoothing / classes;
        var own = nn.functional.one_hot(labels, classes).to_type(float32) * (float)(1 - smoothing) + (float)off;
        var share = Shares(mixes, mix => mix.Lambda, labels.device).unsqueeze(1);
        return (own * share + own.flip(0) * (1 - share)).MoveToOuterDisposeScope();
    }

    private static Tensor Average(Tensor inputs, Tensor partners, IReadOnlyList<ExampleMix> mixes)
    {
        // Where a box is cut nothing is averaged.
        var share = Shares(mixes, mix => mix.Box is null ? mix.Lambda : 1, inputs.device).reshape(-1, 1, 1, 1).to_type(inputs.dtype);
        return inputs * share + partners * (1 - share);
    }

    private static void Paste(Tensor mixed, Tensor partners, Range examples, MixBox box)
    {
        if (box.Bottom <= box.Top || box.Right <= box.Left)
            return;
        TensorIndex[] place = [Part(examples), TensorIndex.Colon, TensorIndex.Slice(box.Top, box.Bottom), TensorIndex.Slice(box.Left, box.Right)];
        mixed.index(place).copy_(partners.index(place));
    }

    private static TensorIndex Part(Range examples) =>
        examples.Equals(Range.All) ? TensorIndex.Colon : TensorIndex.Slice(examples.Start.Value, examples.End.Value);

    private static Tensor Shares(IReadOnlyList<ExampleMix> mixes, Func<ExampleMix, double> share, Device device) =>
        tensor(mixes.Select(mix => (float)share(mix)).ToArray(), device: device);

    private static void RequireOneEach(Tensor tensor, IReadOnlyList<ExampleMix> mixes)
    {
        ArgumentNullException.ThrowIfNull(mixes);
        if (tensor.shape[0] != mixes.Count || mixes.Count == 0)
            throw new ArgumentException($"A batch of {tensor.shape[0]} needs as many mixes, got {mixes.Count}.", nameof(mixes));
    }
}
