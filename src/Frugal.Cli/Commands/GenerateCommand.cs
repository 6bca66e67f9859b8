using System.CommandLine;
using Frugal.Data.Text.Tokenizers;
using Frugal.Models.Text;

namespace Frugal.Cli.Commands;

/// <summary><c>frugal generate</c>: lets a causal language model write on.</summary>
internal static class GenerateCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "Folder of a causal language model with its tokenizer: one that you have trained, or a downloaded one (gpt2, llama)." };
        var prompt = new Option<string>("--prompt") { HelpName = "TEXT", Required = true, Description = "What the text begins with." };
        var tokens = new Option<int>("--max-tokens") { HelpName = "N", DefaultValueFactory = _ => 100, Description = "Most tokens to write; the model's positions may end it before." };
        var temperature = new Option<double>("--temperature") { HelpName = "T", DefaultValueFactory = _ => 1, Description = "Below 1 likely tokens gain, above 1 the others; 0 always takes the likeliest." };
        var topK = new Option<int?>("--top-k") { HelpName = "K", Description = "Draw from the K likeliest tokens only." };
        var topP = new Option<double>("--top-p") { HelpName = "P", DefaultValueFactory = _ => 1, Description = "Draw from the likeliest tokens that together reach probability P." };
        var seed = new Option<long>("--seed") { HelpName = "N", Description = "Where the random numbers start: the same seed gives the same text." };
        var draft = new Option<string?>("--draft") { HelpName = "FOLDER", Description = "A smaller model of the same tokens that writes ahead; the text stays MODEL's. With --temperature 0." };
        var command = new FrugalCommand("generate", "Let a causal language model write on from a prompt, token by token, with a cache of keys and values.",
            new("frugal generate my-model/ --prompt \"To be or\"", "From a model that you have trained on text."),
            new("frugal generate gpt2/ --prompt \"The meaning of life is\" --max-tokens 40 --temperature 0.8 --top-p 0.95", "From a downloaded model, with the likelier tokens favoured."),
            new("frugal generate my-model/ --prompt \"Once\" --temperature 0", "Without chance: always the likeliest token."))
        {
            model, prompt, tokens, temperature, topK, topP, seed, draft,
        };
        command.SetAction((arguments, cancellation) =>
        {
            var output = CommandOutput.Of(arguments);
            var sampling = SamplingOf(arguments.GetValue(temperature), arguments.GetValue(topK), arguments.GetValue(topP), arguments.GetValue(seed));
            int most = arguments.GetValue(tokens) is >= 1 and var count ? count : throw new UsageException($"--max-tokens must be at least 1, got {arguments.GetValue(tokens)}");
            if (arguments.GetValue(draft) is not null && sampling.Temperature != 0)
                throw new UsageException("--draft writes without chance: add --temperature 0");
            Write(arguments.GetValue(model)!, arguments.GetValue(draft), arguments.GetValue(prompt)!, most, sampling, output.Text, cancellation);
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static void Write(string folder, string? draftFolder, string prompt, int most, SamplingOptions sampling, TextWriter output, CancellationToken cancellation)
    {
        var tokenizer = TokenizerFolder.Load(folder);
        using var model = TextModelFolder.Load(folder);
        using var draft = draftFolder is null ? null : TextModelFolder.Load(draftFolder);
        tokenizer.RequireFits(checked((int)model.TextConfig.VocabularySize), folder);
        // What is written may change with the tokens to come (spaces, letters of several bytes), so the whole is decoded each time and its new end printed.
        List<int> ids = [.. tokenizer.Encode(prompt)];
        int printed = 0;
        void Print()
        {
            string text = tokenizer.Decode(ids);
            if (text.Length > printed && text[^1] != '\uFFFD')
            {
                output.Write(text[printed..]);
                output.Flush();
                printed = text.Length;
            }
        }

        Print();
        long[] begun = [.. ids.Select(id => (long)id)];
        var written = draft is null ? new TextGenerator(model, sampling).Continue(begun, most, tokenizer.SeparatorId) : new SpeculativeGenerator(model, draft).Continue(begun, most, tokenizer.SeparatorId);
        foreach (long id in written)
        {
            cancellation.ThrowIfCancellationRequested();
            ids.Add((int)id);
            Print();
        }
        output.WriteLine();
    }

    private static SamplingOptions SamplingOf(double temperature, int? topK, double topP, long seed) => new()
    {
        Temperature = temperature is >= 0 and <= 1000 ? temperature : throw new UsageException($"--temperature must be between 0 and 1000, got {temperature}"),
        TopK = topK is null or >= 1 ? topK : throw new UsageException($"--top-k must be at least 1, got {topK}"),
        TopP = topP is > 0 and <= 1 ? topP : throw new UsageException($"--top-p must be above 0 and at most 1, got {topP}"),
        Seed = seed,
    };
}
