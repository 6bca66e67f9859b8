using Frugal.Data;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Recipes;
using static TorchSharp.torch;

namespace Frugal.Tests.Training;

/// <summary>Subjects that train in milliseconds.</summary>
internal static class TinySubject
{
    /// <summary>A small network on <see cref="Blobs"/>.</summary>
    public static Subject Of(
        ModelConfig? config = null, int examples = 64, int? validation = 32, long seed = 0, string? folder = null,
        IProgress<RunEvent>? observer = null, CancellationTokenSource? cancel = null, bool acceptsChangedRecipe = false, int side = 6)
    {
        var data = new DataSplits(new Blobs(examples, side), validation is { } count ? new Blobs(count, side, stream: 1) : null, new Blobs(32, side, stream: 2), "blobs");
        var random = new RandomStreams(seed);
        random.SeedTorch("model");
        return new Subject
        {
            Model = (config ?? Mlp).FitTo(data.Info).Build(),
            Data = data,
            Random = random,
            Folder = folder,
            Observer = observer,
            AcceptsChangedRecipe = acceptsChangedRecipe,
            Cancellation = cancel?.Token ?? CancellationToken.None,
        };
    }

    /// <summary>Two layers, with dropout, so that the order of random numbers matters.</summary>
    public static ModelConfig Mlp { get; } = new MlpConfig { HiddenSizes = [16], DropRate = 0.2 };

    /// <summary>Convolutions with batch norm, so that buffers matter.</summary>
    public static ModelConfig ConvNet { get; } = new ConvNetConfig { Channels = [8, 16] };

    /// <summary>All weights and buffers, as one row of bytes.</summary>
    public static byte[] Bytes(Subject subject)
    {
        using var scope = NewDisposeScope();
        return [.. subject.Model.state_dict().OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => pair.Value.detach().contiguous().bytes.ToArray())];
    }
}
