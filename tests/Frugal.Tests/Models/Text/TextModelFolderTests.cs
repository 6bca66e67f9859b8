using System.Text.Json.Nodes;
using Frugal.Data.Text;
using Frugal.Data.Text.Tokenizers;
using Frugal.Interop;
using Frugal.Models;
using Frugal.Models.Text;
using static TorchSharp.torch;

namespace Frugal.Tests.Models.Text;

/// <summary>Folders of the transformers library.</summary>
public class TextModelFolderTests
{
    public static TheoryData<string, TextHead> All => new()
    {
        { "bert", TextHead.None }, { "bert", TextHead.PreTraining }, { "bert", TextHead.MaskedLanguageModel }, { "bert", TextHead.SequenceClassification },
        { "bert", TextHead.TokenClassification }, { "bert", TextHead.QuestionAnswering }, { "distilbert", TextHead.None }, { "distilbert", TextHead.MaskedLanguageModel },
        { "distilbert", TextHead.SequenceClassification }, { "distilbert", TextHead.TokenClassification }, { "distilbert", TextHead.QuestionAnswering },
        { "gpt2", TextHead.None }, { "gpt2", TextHead.CausalLanguageModel }, { "gpt2", TextHead.SequenceClassification }, { "llama", TextHead.None }, { "llama", TextHead.CausalLanguageModel }, { "llama", TextHead.SequenceClassification }, { "parallel-decoder", TextHead.None }, { "parallel-decoder", TextHead.CausalLanguageModel },
    };

    [Theory]
    [MemberData(nameof(All))]
    public void What_is_saved_loads_with_the_same_bytes(string family, TextHead head)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var model = TinyText.Build(TinyText.Of(family) with { NumClasses = 5 }, head);
        TextModelFolder.Save(model, folder.Path);
        using var loaded = TextModelFolder.Load(folder.Path);
        loaded.eval();
        bool classifies = head is TextHead.SequenceClassification or TextHead.TokenClassification;
        Assert.Equal((classifies ? model.Config : model.Config with { NumClasses = 2 }, head), (loaded.Config, loaded.Head));
        var ids = TinyText.Ids(2, 5);
        Assert.Equal(0, TinyText.Difference(model.call(ids), loaded.call(ids)));
    }

    [Fact]
    public void Matrices_of_GPT2_are_kept_as_the_library_keeps_them()
    {
        using var folder = new TemporaryFolder();
        using var model = TinyText.Build(TinyText.Gpt2, TextHead.CausalLanguageModel);
        TextModelFolder.Save(model, folder.Path);
        using var files = HuggingFaceFolder.Open(folder.Path);
        Assert.True(files.Weights.TryGet("transformer.h.0.attn.c_attn.weight", out var entry));
        Assert.Equal([16, 48], entry.Shape);
        Assert.DoesNotContain("lm_head.weight", files.Weights.Names);
    }

    [Fact]
    public void Old_names_missing_prefixes_and_repeated_matrices_are_understood()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var model = TinyText.Build(TinyText.Bert, TextHead.PreTraining);
        var weights = model.state_dict().ToDictionary(
            weight => weight.Key.Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal).Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal), weight => weight.Value);
        weights["cls.predictions.decoder.weight"] = weights["bert.embeddings.word_embeddings.weight"];
        weights["bert.embeddings.position_ids"] = arange(12);
        Rewrite(model, folder, weights);
        using (var loaded = TextModelFolder.Load(folder.Path))
            Assert.Equal(0, TinyText.Difference(model.call(TinyText.Ids(1, 4)), Evaluated(loaded).call(TinyText.Ids(1, 4))));

        weights["cls.predictions.decoder.weight"] = weights["bert.embeddings.word_embeddings.weight"] + 1;
        Rewrite(model, folder, weights);
        Assert.Contains("should repeat", Assert.Throws<FrugalException>(() => TextModelFolder.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bare_file_loads_under_a_fresh_head()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var model = TinyText.Build(TinyText.DistilBert, TextHead.None);
        Rewrite(model, folder, model.state_dict().ToDictionary(weight => weight.Key["distilbert.".Length..], weight => weight.Value));
        var load = TextModelFolder.LoadWhatFits(folder.Path, TextHead.QuestionAnswering);
        Assert.True(load.Weights.IsComplete);
        Assert.Equal(["qa_outputs is a fresh classifier for QuestionAnswering; the file's is for None."], load.Notes);
        using var loaded = (TextModel)load.Model;
        var ids = TinyText.Ids(1, 4);
        Assert.Equal(0, TinyText.Difference(model.Run(new TextBatch(ids)).Hidden[^1], Evaluated(loaded).Run(new TextBatch(ids)).Hidden[^1]));
    }

    [Fact]
    public void Weights_that_do_not_fit_are_listed_by_name_and_shape()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var model = TinyText.Build(TinyText.Gpt2, TextHead.CausalLanguageModel);
        // As the model holds them: turned, for the file.
        var weights = model.state_dict().ToDictionary(weight => weight.Key, weight => weight.Value);
        weights.Remove("transformer.ln_f.bias");
        weights["transformer.extra"] = zeros(1, 4);
        weights["transformer.wpe.weight"] = zeros(20, 16);
        Rewrite(model, folder, weights);
        string message = Assert.Throws<FrugalException>(() => TextModelFolder.Load(folder.Path)).Message;
        Assert.Contains("1 missing: transformer.ln_f.bias [16]", message, StringComparison.Ordinal);
        Assert.Contains("1 unexpected: transformer.extra [1, 4]", message, StringComparison.Ordinal);
        Assert.Contains("transformer.h.0.attn.c_attn.weight: [48, 16] expected, [16, 48] found, transposed", message, StringComparison.Ordinal);
        Assert.Contains("transformer.wpe.weight: [12, 16] expected, [20, 16] found", message, StringComparison.Ordinal);
        Assert.DoesNotContain("[20, 16] found, transposed", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "model_type": "t5" }""", "; Frugal knows bert, distilbert, gpt2, llama")]
    [InlineData("{}", "absent")]
    [InlineData("""{ "model_type": "bert", "hidden_act": "mish" }""", "hidden_act must be one of gelu")]
    [InlineData("""{ "model_type": "bert", "hidden_size": -1 }""", "HiddenSize must be between 1 and 65536, got -1")]
    [InlineData("""{ "model_type": "bert", "hidden_size": "wide" }""", "hidden_size")]
    [InlineData("""{ "model_type": "bert", "architectures": ["BertForMultipleChoice"] }""", "'BertForMultipleChoice' is not one that Frugal knows: its name must end in ForPreTraining, ForMaskedLM")]
    [InlineData("""{ "model_type": "llama", "rope_scaling": { "rope_type": "yarn", "factor": 2 } }""", "must be linear or llama3, got yarn")]
    [InlineData("""{ "model_type": "llama", "num_hidden_layers": 1000, "hidden_size": 65536, "num_attention_heads": 64 }""", "one of the two is wrong")]
    public void A_configuration_that_cannot_be_is_refused(string config, string expected)
    {
        using var folder = new TemporaryFolder();
        HuggingFaceFolder.Write(folder.Path, config, [("bert.x", zeros(1))]);
        Assert.Contains(expected, Assert.Throws<FrugalException>(() => TextModelFolder.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(24, "ids up to 23, but", "has a vocabulary of 23; use the tokenizer files of that model")]
    [InlineData(18, null, null)]
    public void Data_must_be_read_with_the_tokenizer_of_the_model(int tokens, string? first, string? second)
    {
        using var folder = new TemporaryFolder();
        using (var model = TinyText.Build(TinyText.Bert, TextHead.MaskedLanguageModel))
            TextModelFolder.Save(model, folder.Path);
        var tokenizer = WordVocabulary.Build(["a b c d e f g h i j k l m n o p q r s t u v w x y z"], tokens);
        Assert.Equal(tokens, tokenizer.VocabularySize);
        var data = new LabelledTokens([new("a b", 0), new("c", 1)], ["no", "yes"], tokenizer, 8).Info;
        var config = new SavedModelConfig { Path = folder.Path }.FitTo(data);
        if (first is null)
        {
            using var fitting = (TextModel)config.Build();
            Assert.Equal((23L, TextHead.SequenceClassification), (fitting.TextConfig.VocabularySize, fitting.Head));
            return;
        }
        string message = Assert.Throws<FrugalException>(() => config.Build()).Message;
        Assert.Contains(first, message, StringComparison.Ordinal);
        Assert.Contains(second!, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_files_with_an_index_are_one_model()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var model = TinyText.Build(TinyText.Llama, TextHead.CausalLanguageModel);
        TextModelFolder.Save(model, folder.Path);
        File.Delete(folder.File("model.safetensors"));
        var weights = model.state_dict().ToList();
        var map = new JsonObject();
        for (int part = 0; part < 2; part++)
        {
            string name = $"model-0000{part + 1}-of-00002.safetensors";
            var held = weights.Where((_, i) => i % 2 == part).ToList();
            SafetensorsWriter.Write(folder.File(name), held.Select(weight => (weight.Key, weight.Value)));
            held.ForEach(weight => map[weight.Key] = name);
        }
        File.WriteAllText(folder.File("model.safetensors.index.json"), new JsonObject { ["metadata"] = new JsonObject(), ["weight_map"] = map }.ToJsonString());
        using var loaded = TextModelFolder.Load(folder.Path);
        Assert.Equal(0, TinyText.Difference(model.call(TinyText.Ids(1, 4)), Evaluated(loaded).call(TinyText.Ids(1, 4))));
    }

    private static TextModel Evaluated(TextModel model)
    {
        model.eval();
        return model;
    }

    private static void Rewrite(TextModel model, TemporaryFolder folder, Dictionary<string, Tensor> weights)
    {
        TextModelFolder.Save(model, folder.Path);
        string config = File.ReadAllText(folder.File("config.json"));
        HuggingFaceFolder.Write(folder.Path, config, weights.Select(weight => (weight.Key, weight.Value)));
    }
}
