using Frugal.Compression;
using Frugal.Data;
using Frugal.Data.Text;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models.Text;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods.Binary;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Training;

public class MaskedPretrainingTests
{
    private static readonly BertConfig bert = new() { HiddenSize = 16, NumLayers = 2, NumHeads = 2, MaxPositions = 16, IntermediateSize = 32, InitializerRange = 0.2, DropRate = 0 };

    private static MaskedPretraining Step(int updates, params TrainingMethod[] methods) =>
        new() { MaskId = 1, Train = new Train { Updates = updates, BatchSize = 16, Optimizer = new Adam { Lr = 0.01 }, Methods = methods } };

    [Fact]
    public void Hides_some_tokens_of_each_text_and_never_padding()
    {
        var texts = new TinyTexts(TextTask.SequenceClassification, 200);
        var hidden = new HiddenTokens(texts, 0.3, maskId: 1);
        Assert.Equal(TextTask.MaskedLanguageModel, hidden.Info.Task);
        Assert.Equal(TargetKind.Tokens, hidden.Info.Targets);
        long[] plain = new long[8], label = new long[8], tokens = new long[8], targets = new long[8];
        int asked = 0, masked = 0, all = 0;
        for (int index = 0; index < texts.Count; index++)
        {
            texts.Write(index, new RandomStream(0), plain, label);
            hidden.Write(index, new RandomStream((ulong)index), tokens, targets);
            Assert.Contains(targets, target => target != TargetRows.Ignored);
            for (int i = 0; i < 8; i++)
            {
                bool isAsked = targets[i] != TargetRows.Ignored;
                Assert.Equal(isAsked ? plain[i] : TargetRows.Ignored, targets[i]);
                Assert.True(isAsked || tokens[i] == plain[i]);
                Assert.False(isAsked && plain[i] == 0);
                asked += isAsked ? 1 : 0;
                masked += isAsked && tokens[i] == 1 ? 1 : 0;
                all += plain[i] == 0 ? 0 : 1;
            }
        }
        Assert.InRange(asked / (double)all, 0.25, 0.42);
        Assert.InRange(masked / (double)asked, 0.72, 0.9);
    }

    [Fact]
    public void Without_a_mask_it_cannot_hide() =>
        Assert.Contains("which token hides others", Assert.Throws<FrugalException>(() => new HiddenTokens(new TinyTexts(TextTask.SequenceClassification, 4))).Message, StringComparison.Ordinal);

    [Fact]
    public void Trains_the_encoder_and_leaves_what_stands_on_it_alone()
    {
        using var scope = NewDisposeScope();
        using var subject = TinySubject.Of(bert);
        var before = subject.Model.state_dict().ToDictionary(own => own.Key, own => own.Value.clone());
        var model = subject.Model;
        Step(3).Apply(subject);
        Assert.Same(model, subject.Model);
        var after = subject.Model.state_dict();
        Assert.Equal(before.Keys.Order(), after.Keys.Order());
        foreach (var (name, weight) in before)
        {
            bool isOfHead = name.StartsWith("classifier", StringComparison.Ordinal) || name.Contains("pooler", StringComparison.Ordinal);
            if (isOfHead)
                Assert.True(after[name].equal(weight).all().item<bool>(), name);
        }
        Assert.False(after["bert.encoder.layer.1.attention.self.query.weight"].equal(before["bert.encoder.layer.1.attention.self.query.weight"]).all().item<bool>());
    }

    [Fact]
    public void Guesses_better_after_than_before()
    {
        double Loss(int updates)
        {
            double last = 0;
            using var subject = TinySubject.Of(bert, examples: 256);
            var look = new Hooks { Loss = (_, loss) => { last += updates - 8 <= seen++ ? loss.item<float>() / 8 : 0; return loss; } };
            seen = 0;
            Step(updates, look).Apply(subject);
            return last;
        }

        Assert.True(Loss(160) < 0.95 * Loss(8));
    }

    private int seen;

    [Fact]
    public void Words_of_a_small_width_become_signs_too()
    {
        using var subject = TinySubject.Of(TinyText.WideNet);
        new BinaryTransformation().Apply(subject);
        Assert.IsType<BinaryEmbedding>(ModuleSurgery.Find(subject.Model, "widenet.embeddings.word_embeddings"));
        new Train { Updates = 1, BatchSize = 16 }.Apply(subject);
    }

    [Fact]
    public void A_binary_form_goes_back_to_the_network()
    {
        using var subject = TinySubject.Of(bert);
        Step(2, new Bipft()).Apply(subject);
        Assert.Equal(2, subject.Model.modules().Count(layer => layer is BinaryAttention));
        Assert.Single(subject.Model.modules(), layer => layer is BinaryEmbedding);
        // It is trained on as it is, and pre-trained once more.
        new Train { Updates = 2, BatchSize = 16 }.Apply(subject);
        Step(2).Apply(subject);
        Assert.Equal(2, subject.Model.modules().Count(layer => layer is BinaryAttention));
    }

    [Fact]
    public void Repeats_itself_and_leaves_the_network_as_it_was_when_it_fails()
    {
        byte[] Bytes()
        {
            using var subject = TinySubject.Of(bert);
            Step(2, new Bipft()).Apply(subject);
            return TinySubject.Bytes(subject);
        }

        Assert.Equal(Bytes(), Bytes());
        using var failing = TinySubject.Of(bert);
        byte[] before = TinySubject.Bytes(failing);
        Assert.Throws<FrugalException>(() => Step(2, new Hooks { Before = _ => throw new FrugalException("no more") }).Apply(failing));
        Assert.Equal(before, TinySubject.Bytes(failing));
        using var images = TinySubject.Of();
        Assert.Contains("pretrain-masked needs a text model", Assert.Throws<FrugalException>(() => Step(1).Apply(images)).Message, StringComparison.Ordinal);
        Assert.Equal("Share", Assert.Throws<ArgumentOutOfRangeException>(() => new MaskedPretraining { Share = 1 }).ParamName);
    }
}
