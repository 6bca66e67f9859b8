using Frugal.Catalogue;
using Frugal.Graphs;
using Frugal.Models;
using Frugal.Models.Text;
using static TorchSharp.torch;

namespace Frugal.Wide.Tests.Graphs.Onnx;

/// <summary>Every model of the catalogue exports at its own size, and computes the same under ONNX Runtime.</summary>
[Trait("Reliability", "T37")]
public class ModelExportTests
{
    public static IEnumerable<TheoryDataRow<string>> Models =>
        CatalogueIndex.Default.Of(typeof(ModelConfig)).Where(entry => entry.Type != typeof(SavedModelConfig) && entry.Unsupported.All(unsupported => unsupported.Check != "onnx")).Select(entry => new TheoryDataRow<string>(entry.Name));

    [Theory]
    [MemberData(nameof(Models))]
    public void Exports(string name)
    {
        var config = (ModelConfig)Activator.CreateInstance(CatalogueIndex.Default.Find(typeof(ModelConfig), name)!.Type)!;
        // At its own size LLaMA would fill the memory of the machine.
        config = config switch
        {
            ImageModelConfig images => images with { NumClasses = 10, InChannels = 3, ImageSize = 32 },
            TextModelConfig texts => TinyText.Of(texts.ModelType) with { Head = texts.Heads[^1] },
            _ => config,
        };
        var model = config.Build();
        using var example = config is ImageModelConfig ? randn(1, 3, 32, 32) : model.Example(1);
        // A classifier that starts at zero would hide every difference before it.
        using (no_grad())
            foreach (var (path, weight) in model.named_parameters().Where(p => p.name.StartsWith(model.ClassifierPath, StringComparison.Ordinal)))
                nn.init.normal_(weight);
        var report = Exported.Model(model, example);
        Assert.InRange(report.MaxRelative, 0, 1e-4);
        Assert.Equal([1L, 5L], report.BatchSizes);
    }

    public static TheoryData<string, TextHead> OtherHeads => new() { { "gpt2", TextHead.CausalLanguageModel }, { "llama", TextHead.CausalLanguageModel }, { "bert", TextHead.SequenceClassification } };

    /// <summary>Padding and the second text of a pair are read off the ids in the file as well.</summary>
    [Theory]
    [MemberData(nameof(OtherHeads))]
    public void Exports_with_padding_and_pairs(string family, TextHead head)
    {
        using var scope = NewDisposeScope();
        var model = (TinyText.Of(family) with { PaddingId = 0, SeparatorId = 3, Tokens = 6 }).Build(head);
        var example = tensor(new long[,] { { 1, 5, 3, 7, 3, 0 }, { 4, 3, 9, 3, 0, 0 } });
        Assert.InRange(Exported.Model(model, example).MaxRelative, 0, 1e-4);
    }
}
