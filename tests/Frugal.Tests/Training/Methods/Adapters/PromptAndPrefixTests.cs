using Frugal.Graphs;
using Frugal.Graphs.Onnx;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Text;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods.Adapters;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Training.Methods.Adapters;

public class PromptAndPrefixTests
{
    private static readonly VisionTransformerConfig vit = new() { PatchSize = 3, EmbedDim = 16, Depth = 2, NumHeads = 2 };

    private static ModelConfig Of(string family) => family switch
    {
        "vit" => vit,
        "bert" => TinyText.Bert with { DropRate = 0 },
        "distilbert" => TinyText.DistilBert with { DropRate = 0, AttentionDropRate = 0, ClassifierDropRate = 0 },
        "gpt2" => TinyText.Gpt2,
        "widenet" => TinyText.WideNet with { ClassifierDropRate = 0 },
        _ => TinyText.Llama,
    };

    private static BranchAdapters Method(string name, int tokens = 3, double std = 1) => name == "prefix" ? new PrefixTuning { NumTokens = tokens, InitialStd = std } : new PromptTuning { NumTokens = tokens, InitialStd = std };

    private static Subject Tuned(ModelConfig config, BranchAdapters method, int updates = 2)
    {
        using var mode = enable_grad();
        var subject = TinySubject.Of(config, seed: 4);
        new Train { Updates = updates, BatchSize = 16, Optimizer = new Adam { Lr = 0.02 }, Methods = [method] }.Apply(subject);
        subject.Model.eval();
        return subject;
    }

    private static Tensor Inputs(Model model, int count = 3) =>
        model is TextModel text ? arange(count * text.InputShape[0]).mul(7).remainder(text.TextConfig.VocabularySize - 1).add(1).view(count, -1) : linspace(-1, 1, count * 36).view(count, 1, 6, 6);

    public static TheoryData<string, string> All => new((from family in (string[])["vit", "bert", "distilbert", "gpt2", "llama"] from method in (string[])["prefix", "prompt"] select (family, method)).Append(("widenet", "prompt")));

    public class Training
    {
        [Theory]
        [MemberData(nameof(All), MemberType = typeof(PromptAndPrefixTests))]
        public void Moves_the_rows_and_the_classifier_alone_and_is_saved_with_the_network(string family, string method)
        {
            using var scope = NewDisposeScope();
            using var subject = TinySubject.Of(Of(family));
            var model = subject.Model;
            var before = model.state_dict().ToDictionary(own => own.Key, own => own.Value.clone());
            new Train { Updates = 2, BatchSize = 16, Methods = [Method(method)] }.Apply(subject);
            foreach (var (name, now) in model.state_dict().Where(own => !own.Key.Contains(".adapter.", StringComparison.Ordinal)))
                Assert.Equal(model.ClassifierPath.Length > 0 && name.StartsWith(model.ClassifierPath + '.', StringComparison.Ordinal), !now.equal(before[name.Replace(".layer.weight", ".weight", StringComparison.Ordinal).Replace(".layer.bias", ".bias", StringComparison.Ordinal)]).all().item<bool>());
            var rows = LayerSelection.All.Of<LearnedRows>(model);
            Assert.Equal(method == "prompt" ? 1 : family is "vit" or "gpt2" ? 2 : 4, rows.Count);
            Assert.All(rows, row => Assert.Equal(3, row.Layer.NumRows));
            Assert.All(model.parameters(), parameter => Assert.True(parameter.requires_grad));

            model.eval();
            using var mode = no_grad();
            var input = Inputs(model);
            using var folder = new TemporaryFolder();
            ModelFolder.Save(model, folder.Path);
            using var loaded = ModelFolder.Load(folder.Path);
            loaded.eval();
            var expected = model.call(input);
            Assert.True(loaded.call(input).equal(expected).all().item<bool>());
            Assert.True(expected.isfinite().all().item<bool>());
        }

        [Theory]
        [MemberData(nameof(All), MemberType = typeof(PromptAndPrefixTests))]
        public void Reaches_every_number_of_the_rows(string family, string method)
        {
            using var subject = TinySubject.Of(Of(family));
            var moved = new List<bool>();
            var look = new Hooks
            {
                Gradients = _ => moved.AddRange(LayerSelection.All.Of<LearnedRows>(subject.Model).Select(rows => rows.Layer.parameters().Single().grad!.ne(0).any(1).all().item<bool>())),
            };
            new Train { Updates = 1, BatchSize = 16, Methods = [Method(method), look] }.Apply(subject);
            Assert.All(moved, Assert.True);
            Assert.NotEmpty(moved);
        }

        [Theory]
        [InlineData("prefix")]
        [InlineData("prompt")]
        public void Lowers_the_loss_while_the_network_is_frozen(string method)
        {
            double Loss(int updates)
            {
                using var subject = Tuned(Of("gpt2"), Method(method, 8), updates);
                return Evaluation.Of(subject.Model, subject.Data.Train).Loss;
            }

            Assert.True(Loss(60) < 0.95 * Loss(1));
        }

        [Theory]
        [InlineData("prefix", "prefix-tuning finds no layer of keys or values")]
        [InlineData("prompt", "prompt-tuning finds no layer that gives the embedded tokens")]
        public void Of_a_network_without_tokens_is_refused(string method, string expected)
        {
            using var subject = TinySubject.Of();
            byte[] before = TinySubject.Bytes(subject);
            Assert.Contains(expected, Assert.Throws<FrugalException>(() => new Train { Updates = 1, BatchSize = 16, Methods = [Method(method)] }.Apply(subject)).Message, StringComparison.Ordinal);
            Assert.Equal(before, TinySubject.Bytes(subject));
        }

        [Fact]
        public void Layers_that_are_not_there_or_give_no_sequence_are_refused_by_name()
        {
            string Refusal(ModelConfig config, BranchAdapters method)
            {
                using var subject = TinySubject.Of(config);
                byte[] before = TinySubject.Bytes(subject);
                string message = Assert.Throws<FrugalException>(() => new Train { Updates = 1, BatchSize = 16, Methods = [method] }.Apply(subject)).Message;
                Assert.Equal(before, TinySubject.Bytes(subject));
                return message;
            }

            Assert.Contains("'nowhere'", Refusal(vit, new PrefixTuning { Include = ["nowhere"] }), StringComparison.Ordinal);
            Assert.Contains("'nowhere'", Refusal(vit, new PromptTuning { Exclude = ["nowhere"] }), StringComparison.Ordinal);
            Assert.Contains("'head' gives out [1, 4] and no sequence", Refusal(vit, new PromptTuning { Include = ["head"] }), StringComparison.Ordinal);
        }

        [Fact]
        public void A_failure_leaves_the_network_as_it_was()
        {
            foreach (string method in (string[])["prefix", "prompt"])
            {
                using var subject = TinySubject.Of(Of("bert"));
                byte[] before = TinySubject.Bytes(subject);
                Assert.Throws<FrugalException>(() => new Train { Updates = 3, BatchSize = 16, Methods = [Method(method), new Hooks { Before = _ => throw new FrugalException("no more") }] }.Apply(subject));
                Assert.Equal(before, TinySubject.Bytes(subject));
            }
        }
    }

    public class Computing
    {
        [Fact]
        public void Every_token_attends_to_the_prefix_and_to_the_tokens()
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            using var subject = Tuned(vit, Method("prefix"));
            var attention = (SelfAttention)ModuleSurgery.Find(subject.Model, "blocks.0.attn");
            var input = linspace(-1, 1, 2 * 5 * 16).view(2, 5, 16).sin();
            var joint = ((nn.Module<Tensor, Tensor>)ModuleSurgery.Find(subject.Model, "blocks.0.attn.qkv.layer")).call(input);
            var rows = ModuleSurgery.Find(subject.Model, "blocks.0.attn.qkv.adapter").parameters().Single();
            Assert.Equal([3L, 32], rows.shape);
            List<Tensor> heads = [];
            for (int head = 0; head < 2; head++)
            {
                var query = joint.narrow(2, 8 * head, 8);
                var key = cat([rows.narrow(1, 8 * head, 8).expand(2, 3, 8), joint.narrow(2, 16 + 8 * head, 8)], 1);
                var value = cat([rows.narrow(1, 16 + 8 * head, 8).expand(2, 3, 8), joint.narrow(2, 32 + 8 * head, 8)], 1);
                heads.Add((query.matmul(key.transpose(1, 2)) / Math.Sqrt(8)).softmax(-1).matmul(value));
            }
            var expected = ((nn.Module<Tensor, Tensor>)ModuleSurgery.Find(subject.Model, "blocks.0.attn.proj")).call(cat(heads, -1));
            Assert.True(attention.call(input).allclose(expected, rtol: 1e-5, atol: 1e-6));
        }

        [Fact]
        public void A_prompt_runs_through_the_blocks_and_ends_before_the_head()
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            using var subject = Tuned(vit, Method("prompt"));
            var model = (VisionTransformer)subject.Model;
            Tensor Part(string path, Tensor from) => ((nn.Module<Tensor, Tensor>)ModuleSurgery.Find(model, path)).call(from);
            var input = Inputs(model);
            var patches = Part("patch_embed", input);
            var weights = model.state_dict();
            // The order does not matter to attention: the class token first, then the prompt, as published for images.
            var tokens = cat([weights["cls_token"].expand(3, -1, -1), patches], 1) + weights["pos_embed"];
            var published = cat([tokens.narrow(1, 0, 1), weights["pos_drop.adapter.weight"].expand(3, -1, -1), tokens.narrow(1, 1, patches.shape[1])], 1);
            var expected = Part("head", Part("norm", Part("blocks", published)).select(1, 0));
            Assert.True(model.call(input).allclose(expected, rtol: 1e-5, atol: 1e-6));
            Assert.Equal([3L, 5, 16], model.ForwardFeatures(input).shape);
        }

        [Theory]
        [InlineData("bert", "prefix")]
        [InlineData("bert", "prompt")]
        [InlineData("distilbert", "prefix")]
        [InlineData("distilbert", "prompt")]
        public void Padding_does_not_count(string family, string method)
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            using var subject = Tuned(Of(family), Method(method));
            var model = (TextModel)subject.Model;
            var ids = Inputs(model).narrow(1, 0, 5);
            var padded = cat([ids, zeros_like(ids).narrow(1, 0, 3)], 1);
            Assert.True(model.call(padded).allclose(model.call(ids), rtol: 1e-4, atol: 1e-5));
            Assert.Equal(5, model.Run(new TextBatch(ids)).Hidden[0].shape[1]);
        }

        [Theory]
        [InlineData("gpt2", "prefix")]
        [InlineData("gpt2", "prompt")]
        [InlineData("llama", "prefix")]
        [InlineData("llama", "prompt")]
        public void Later_tokens_stay_unseen_and_text_is_written_without_a_cache(string family, string method)
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            using var subject = Tuned(Of(family), Method(method));
            var model = (TextModel)subject.Model;
            var ids = Inputs(model, 1);
            var changed = ids.clone();
            changed[0, 5] = 1;
            Assert.True(model.call(changed).narrow(1, 0, 5).allclose(model.call(ids).narrow(1, 0, 5), rtol: 1e-4, atol: 1e-5));

            using var cache = new KeyValueCache(8);
            Assert.Contains("prompt or prefixes", Assert.Throws<FrugalException>(() => model.Run(new TextBatch(ids), cache)).Message, StringComparison.Ordinal);
            long[] start = [3, 4];
            var written = new TextGenerator(model, new SamplingOptions { Temperature = 0 }).Continue(start, 3).ToList();
            List<long> expected = [.. start];
            for (int i = 0; i < 3; i++)
                expected.Add(model.call(tensor(expected.ToArray(), [1, expected.Count]))[0, -1].argmax().item<long>());
            Assert.Equal(expected[2..], written);
        }

        [Theory]
        [InlineData("bert", "prefix")]
        [InlineData("bert", "prompt")]
        [InlineData("gpt2", "prefix")]
        [InlineData("llama", "prompt")]
        public void Is_exported_for_every_length(string family, string method)
        {
            using var scope = NewDisposeScope();
            using var subject = Tuned(Of(family), Method(method));
            using var folder = new TemporaryFolder();
            var export = Graph.Capture(subject.Model, Inputs(subject.Model, 2), new DynamicLength("tokens", 1)).ExportOnnx(folder.File("model.onnx"));
            Assert.Equal(2, export.Lengths["tokens"].Count);
        }

        [Fact]
        public void Rows_want_sequences_of_their_width()
        {
            using var scope = NewDisposeScope();
            using var rows = new LearnedRows(2, 4);
            Assert.Equal([3L, 7, 4], rows.call(ones(3, 5, 4)).shape);
            Assert.Contains("go in front of sequences", Assert.Throws<FrugalException>(() => rows.call(ones(3, 5, 6))).Message, StringComparison.Ordinal);
            Assert.Equal("skip", Assert.Throws<ArgumentOutOfRangeException>(() => new LearnedRows(2, 4, 4)).ParamName);
            Assert.Equal("NumTokens", Assert.Throws<ArgumentOutOfRangeException>(() => new PrefixTuning { NumTokens = 0 }).ParamName);
            Assert.Equal("NumTokens", Assert.Throws<ArgumentOutOfRangeException>(() => new PromptTuning { NumTokens = 0 }).ParamName);
            Assert.Equal("InitialStd", Assert.Throws<ArgumentOutOfRangeException>(() => new PromptTuning { InitialStd = -1 }).ParamName);
        }
    }
}
