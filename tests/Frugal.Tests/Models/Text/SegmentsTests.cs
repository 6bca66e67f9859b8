using Frugal.Data;
using Frugal.Data.Text.Generated;
using Frugal.Data.Text.Questions;
using Frugal.Data.Text.Sources;
using Frugal.Data.Text.Tokenizers;
using Frugal.Models;
using Frugal.Models.Text;
using Frugal.Recipes;
using Frugal.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Models.Text;

/// <summary>Which text of a pair a token is of, from data to the model and its folder.</summary>
public sealed class SegmentsTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Are_those_of_the_tokenizer_and_zero_at_padding()
    {
        var questions = new GeneratedQuestions().Generate(GeneratedQuestions.InDomainNames, "train", 12);
        var words = WordVocabulary.Build(questions.SelectMany(question => new[] { question.Question, question.Context }), 400);
        foreach (var question in questions)
        {
            var encoded = words.EncodePair(question.Question, question.Context);
            Assert.Contains(1, encoded.SegmentIds);
            var ids = tensor([.. encoded.Ids.Select(id => (long)id), words.PaddingId!.Value, words.PaddingId.Value], [1, encoded.Count + 2]);
            Assert.Equal([.. encoded.SegmentIds.Select(segment => (long)segment), 0, 0], Segments.Of(ids, words.SeparatorId!.Value, words.PaddingId).data<long>());
        }
        var single = words.EncodeOne("what is this");
        Assert.True(single.IsTold(words.SeparatorId!.Value));
    }

    [Fact]
    public void Come_with_data_whose_form_tells_pairs_apart()
    {
        var words = WordVocabulary.Build(["who sat the cat sat on the mat"], 20);
        QuestionAnswer[] questions = [new("a", "who sat", "the cat sat on the mat", [new("cat", 4)])];
        Assert.Equal(words.SeparatorId, new AnswerTokens(questions, words, 16, overlap: 2).Info.SeparatorId);
        // RoBERTa's form has all in one segment.
        var roberta = Data.Text.Tokenizers.ByteTokenizers.Roberta();
        Assert.Null(new AnswerTokens([new("a", "hello", "world", [new("world", 0)])], roberta, 16, overlap: 2).Info.SeparatorId);
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("widenet")]
    public void A_model_reads_them_off_the_ids(string family)
    {
        using var mode = no_grad();
        var config = TinyText.Of(family) with { PaddingId = 0, SeparatorId = 3, Tokens = 8 };
        var model = TinyText.Build(config, TextHead.QuestionAnswering);
        var ids = tensor(new long[,] { { 1, 5, 6, 3, 7, 8, 3, 0 } });
        var told = new TextBatch(ids) { AttentionMask = ids.ne(0), TokenTypeIds = tensor(new long[,] { { 0, 0, 0, 0, 1, 1, 1, 0 } }) };
        Assert.Equal(0, TinyText.Difference(model.Run(told).Logits!, model.call(ids)));
        Assert.True(TinyText.Difference(model.Run(told with { TokenTypeIds = null }).Logits!, model.call(ids)) > 1e-3);

        using var folder = new TemporaryFolder();
        TextModelFolder.Save(model, folder.Path);
        Assert.Contains("\"sep_token_id\": 3", File.ReadAllText(folder.File("config.json")), StringComparison.Ordinal);
        using var loaded = TextModelFolder.Load(folder.Path);
        loaded.eval();
        Assert.Equal(0, TinyText.Difference(model.call(ids), loaded.call(ids)));
    }

    [Fact]
    public void Are_trained_with_questions_and_contexts()
    {
        DataSplits data = new QuestionSource { Train = 16, Validation = 0, Test = 8, MaxTokens = 64 }.Load(null);
        var random = new RandomStreams(0);
        random.SeedTorch("model");
        var config = TinyText.Bert with { MaxPositions = 64 };
        using var subject = new Subject { Model = config.FitTo(data.Info).Build(), Data = data, Random = random };
        var types = subject.Model.get_parameter("bert.embeddings.token_type_embeddings.weight")!;
        var before = types.clone();
        new Train { Updates = 2, BatchSize = 8 }.Apply(subject);
        Assert.NotNull(((TextModel)subject.Model).TextConfig.SeparatorId);
        Assert.All(new long[] { 0, 1 }, segment => Assert.True(TinyText.Difference(before[segment], types[segment]) > 0, $"{segment}"));
    }
}
