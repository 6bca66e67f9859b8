using Frugal.Data.Text;
using Frugal.Data.Text.Tokenizers;
using Frugal.Interop;
using Frugal.Models;
using Frugal.Models.Text;
using Frugal.Recipes;
using Frugal.Tests.Data.Text.Tokenizers;
using Frugal.Training;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Models.Text;

/// <summary>Classes of texts from decoders: by what stands at the last token that is no padding, as the transformers library has it.</summary>
public sealed class DecoderClassificationTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    private static TextModel Build(string family) => TinyText.Build(TinyText.Of(family) with { PaddingId = 0, NumClasses = 3, Tokens = 8 }, TextHead.SequenceClassification);

    // [1, length] of texts without padding, filled up to a length.
    private static Tensor Padded(Tensor ids, long length) => nn.functional.pad(ids, [0, length - ids.shape[1]], value: 0);

    private static Tensor Text(int length, int seed) => TinyText.Ids(1, length, seed).clamp_min(1);

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void The_class_is_that_of_the_last_token(string family)
    {
        using var mode = no_grad();
        var model = Build(family);
        var ids = cat([Padded(Text(3, 1), 8), Padded(Text(8, 2), 8), Padded(Text(5, 3), 8)]);
        var output = model.Run(new TextBatch(ids) { AttentionMask = ids.ne(0) });
        var hidden = output.Hidden[^1];
        var expected = stack([hidden[0, 2], hidden[1, 7], hidden[2, 4]]).matmul(model.get_parameter("score.weight")!.t());
        Assert.Equal([3, 3], output.Logits!.shape);
        Assert.InRange(TinyText.Difference(expected, output.Logits), 0, 1e-6);
        Assert.InRange(TinyText.Difference(expected, model.call(ids)), 0, 1e-6);
        Assert.DoesNotContain(model.named_parameters(), parameter => parameter.name == "score.bias");
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void How_much_padding_there_is_does_not_matter(string family)
    {
        using var mode = no_grad();
        var model = Build(family);
        var text = Text(5, 4);
        var alone = model.call(text);
        Assert.All(new long[] { 6, 8, 12 }, length => Assert.InRange(TinyText.Difference(alone, model.call(Padded(text, length))), 0, 1e-5));
        Assert.InRange(TinyText.Difference(alone, model.call(cat([Padded(text, 9), Text(9, 5)]))[..1]), 0, 1e-5);
        Assert.True(model.call(zeros(1, 4, int64)).isfinite().all().item<bool>(), "a text of padding alone has a class too");
    }

    [Theory]
    [InlineData("gpt2", "GPT2ForSequenceClassification")]
    [InlineData("llama", "LlamaForSequenceClassification")]
    public void Folders_are_the_librarys(string family, string architecture)
    {
        using var folder = new TemporaryFolder();
        using var mode = no_grad();
        var model = Build(family);
        TextModelFolder.Save(model, folder.Path);
        string config = File.ReadAllText(folder.File("config.json"));
        Assert.Contains(architecture, config, StringComparison.Ordinal);
        using (var files = HuggingFaceFolder.Open(folder.Path))
        {
            Assert.True(files.Weights.TryGet("score.weight", out var entry));
            Assert.Equal([3, 16], entry.Shape);
        }
        // As that library writes it: the number of classes only, and nothing of ours.
        var theirs = System.Text.Json.Nodes.JsonNode.Parse(config)!.AsObject();
        foreach (string key in theirs.Select(pair => pair.Key).Where(key => key is "id2label" or ModelDescription.OwnKey).ToList())
            theirs.Remove(key);
        theirs["num_labels"] = 3;
        File.WriteAllText(folder.File("config.json"), theirs.ToJsonString());
        using var loaded = TextModelFolder.Load(folder.Path);
        loaded.eval();
        var ids = cat([Padded(Text(3, 1), 8), Text(8, 2)]);
        Assert.Equal((TextHead.SequenceClassification, 3), (loaded.Head, loaded.NumClasses));
        Assert.Equal(0, TinyText.Difference(model.call(ids), loaded.call(ids)));
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void A_language_model_goes_on_as_a_classifier(string family)
    {
        using var folder = new TemporaryFolder();
        using var mode = no_grad();
        var decoder = TinyText.Build(TinyText.Of(family), TextHead.CausalLanguageModel);
        TextModelFolder.Save(decoder, folder.Path);
        var load = TextModelFolder.LoadWhatFits(folder.Path, TextHead.SequenceClassification, numClasses: 4);
        Assert.True(load.Weights.IsComplete, load.Weights.ToString());
        Assert.Equal(["score is a fresh classifier for 4 classes; the file's is for CausalLanguageModel."], load.Notes);
        using var classifier = (TextModel)load.Model;
        classifier.eval();
        var ids = TinyText.Ids(2, 5);
        Assert.Equal(0, TinyText.Difference(decoder.Run(new TextBatch(ids)).Hidden[^1], classifier.Run(new TextBatch(ids)).Hidden[^1]));
        classifier.ResetClassifier(2);
        Assert.Equal([2, 2], classifier.call(ids).shape);
        Assert.DoesNotContain(classifier.named_parameters(), parameter => parameter.name == "score.bias");
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void Learns_classes_of_texts_of_many_lengths(string family)
    {
        using var subject = TinySubject.Of(TinyText.Of(family), examples: 256, asked: TextTask.SequenceClassification);
        Assert.Equal((TextHead.SequenceClassification, 4, 0L), (((TextModel)subject.Model).Head, subject.Model.NumClasses, ((TextModel)subject.Model).TextConfig.PaddingId));
        new Train { Updates = 120, BatchSize = 32, Optimizer = new AdamW { Lr = 0.01 } }.Apply(subject);
        Assert.True(Evaluation.Of(subject.Model, subject.Data.Test).Accuracy > 0.9, family);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void An_exported_file_finds_the_last_token_too(string family) =>
        Assert.InRange(Exported.Model(Build(family), cat([Padded(Text(3, 1), 8), Text(8, 2), Padded(Text(6, 3), 8)])).MaxRelative, 0, 1e-4);

    [Fact]
    public void A_tokenizer_without_padding_fills_with_the_end_of_text()
    {
        var tokenizer = ByteTokenizers.Gpt2();
        var data = new LabelledTokens([new("hello", 1), new("hello world", 0)], ["no", "yes"], tokenizer, 6);
        Assert.Equal(tokenizer.IdOf("<|endoftext|>"), data.Info.PaddingId);
        var endless = new BytePairTokenizer(ByteTokenizers.Tokens, ByteTokenizers.Merges, new());
        Assert.Contains("no padding token", Assert.Throws<FrugalException>(() => new LabelledTokens([new("hello", 1)], ["no", "yes"], endless, 6)).Message, StringComparison.Ordinal);
    }
}
