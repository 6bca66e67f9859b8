using Frugal.Data;
using Frugal.Data.Text;
using Frugal.Models;
using Frugal.Models.Text;
using Frugal.Models.Vision;
using Frugal.Recipes;
using static TorchSharp.torch;

namespace Frugal.Testing;

/// <summary>Subjects that train in milliseconds.</summary>
public static class TinySubject
{
    /// <summary>A small network on <see cref="Blobs"/>, or a text model on <see cref="TinyTexts"/>.</summary>
    public static Subject Of(
        ModelConfig? config = null, int examples = 64, int? validation = 32, long seed = 0, string? folder = null,
        IProgress<RunEvent>? observer = null, CancellationTokenSource? cancel = null, bool acceptsChangedRecipe = false, int side = 6,
        TextTask? asked = null)
    {
        var task = config is TextModelConfig text ? asked ?? (text.Heads.Contains(TextHead.CausalLanguageModel) ? TextTask.CausalLanguageModel : TextTask.SequenceClassification) : (TextTask?)null;
        Dataset Examples(int count, int stream) => task is { } ofTexts ? new TinyTexts(ofTexts, count, stream) : new Blobs(count, side, stream);
        var data = new DataSplits(Examples(examples, 0), validation is { } count ? Examples(count, 1) : null, Examples(32, 2), task is null ? "blobs" : "texts");
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

    /// <summary>Two blocks of two layers around a shortcut, for what acts on feed-forward blocks.</summary>
    public static ModelConfig ResidualMlp { get; } = new ResidualMlpConfig { Width = 16, HiddenSize = 32, Depth = 2 };

    /// <summary>Two layers whose nodes weigh four families of functions.</summary>
    public static ModelConfig Kan { get; } = new KanConfig { HiddenSizes = [6] };

    /// <summary>All weights and buffers, as one row of bytes.</summary>
    public static byte[] Bytes(Subject subject)
    {
        using var scope = NewDisposeScope();
        return [.. subject.Model.state_dict().OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => pair.Value.detach().contiguous().bytes.ToArray())];
    }
}
