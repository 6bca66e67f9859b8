using Frugal.Data.Text.Tokenizers;
using Frugal.Models.Text;

namespace Frugal.Tests.Cli;

public sealed class GenerateCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public GenerateCommandTests()
    {
        var tokenizer = WordVocabulary.Build(["once upon a time there was a fox and the fox saw a hen"], 18);
        TokenizerFolder.Save(tokenizer, folder.Path);
        TorchSharp.torch.manual_seed(0).Dispose();
        using var model = new Gpt2Config { VocabularySize = tokenizer.VocabularySize, HiddenSize = 16, NumLayers = 1, NumHeads = 2, MaxPositions = 16, InitializerRange = 0.5 }.Build(TextHead.CausalLanguageModel);
        TextModelFolder.Save(model, folder.Path);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Goes_on_from_the_prompt_the_same_way_for_the_same_seed()
    {
        string Text(params string[] more) => CliRun.Of(["generate", folder.Path, "--prompt", "once upon a", "--max-tokens", "8", .. more]) is { ExitCode: 0 } run ? run.Output.Trim() : "failed";
        Assert.StartsWith("once upon a", Text(), StringComparison.Ordinal);
        Assert.True(Text().Length > "once upon a".Length);
        Assert.Equal(Text("--seed", "3"), Text("--seed", "3"));
        Assert.Contains(Enumerable.Range(4, 8), seed => Text("--seed", $"{seed}") != Text("--seed", "3"));
        Assert.Equal(Text("--temperature", "0"), Text("--temperature", "0", "--seed", "9"));
        Assert.Equal(Text("--temperature", "0"), Text("--top-k", "1"));
    }

    [Theory]
    [InlineData("--temperature", "-1", "--temperature must be")]
    [InlineData("--top-k", "0", "--top-k must be")]
    [InlineData("--top-p", "0", "--top-p must be")]
    [InlineData("--max-tokens", "0", "--max-tokens must be")]
    public void Refuses_options_that_cannot_be(string option, string value, string told)
    {
        var run = CliRun.Of("generate", folder.Path, "--prompt", "once", option, value);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(told, run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_tokenizer_of_another_model()
    {
        TokenizerFolder.Save(WordVocabulary.Build(["one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"], 40), folder.Path);
        Assert.Contains("use the tokenizer files of that model", CliRun.Of("generate", folder.Path, "--prompt", "one").Errors, StringComparison.Ordinal);
    }
}
