using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;
using Frugal.Data;
using Frugal.Data.Text.Sources;
using Frugal.Growth;
using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Text;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Growth;

public sealed class RobustQaTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    private static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, generator: generator);
    }

    private static MixtureOfExperts Mixture(int experts, SecondChoice second = SecondChoice.All, ExpertCapacity? capacity = null)
    {
        manual_seed(5);
        return new ExpertHead { Experts = experts, HiddenDim = 12, Second = second, Capacity = capacity, BalanceWeight = 1 }.Mixture(8);
    }

    private static Tensor Balance(MixtureOfExperts mixture, Tensor input)
    {
        mixture.BeginLoss();
        mixture.call(input);
        return mixture.TakeLoss()!;
    }

    [Theory]
    [InlineData("top2_head")]
    [InlineData("switch_ffn")]
    [InlineData("switch_layer")]
    public void Golden_case_agrees(string name)
    {
        var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "robust-qa-moe", $"{name}.safetensors"));
        Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
    }

    public class Head
    {
        [Fact]
        public void One_expert_is_a_plain_block_and_its_balance_is_1()
        {
            using var scope = NewDisposeScope();
            var (mixture, input) = (Mixture(1), Random(1, 2, 6, 8));
            Assert.True(mixture.call(input).allclose(mixture.Experts[0].call(input), rtol: 1e-5, atol: 1e-6));
            Assert.Equal(1, Balance(mixture, input).item<float>(), 6);
        }

        [Fact]
        public void Weights_of_a_token_add_up_to_1_where_nothing_is_dropped_and_to_less_where_something_is()
        {
            using var scope = NewDisposeScope();
            var input = Random(1, 3, 20, 8);
            Assert.True(Mixture(4).Route(input).ToDense().sum(-1).sub(1).abs().lt(1e-6).all().item<bool>());
            var dropping = new ExpertCapacity { Factor = 0.3, RoundsUp = false, Minimum = 2 };
            var routing = Mixture(4, capacity: dropping).Route(input);
            Assert.True(routing.ToDense().sum(-1).le(1 + 1e-6).all().item<bool>());
            // 20 tokens, two choices, 4 experts, 0.3: three slots in each of three sequences.
            var places = (routing.Tokens! / 20).floor().to(int64) * 4 + routing.Experts!;
            Assert.True(places.bincount(null, 12).le(3).all().item<bool>());
        }

        [Fact]
        public void Without_second_choices_a_token_has_one_weight_which_is_its_share_of_both()
        {
            using var scope = NewDisposeScope();
            var input = Random(1, 2, 9, 8);
            var routing = Mixture(4, SecondChoice.None).Route(input);
            var dense = routing.ToDense();
            Assert.True(dense.ne(0).sum(-1).eq(1).all().item<bool>());
            var best = routing.Probabilities.view(-1, 4).topk(2, dim: -1).values;
            Assert.True(dense.amax([-1]).allclose(best.select(-1, 0) / best.sum(-1)));
        }

        [Fact]
        public void A_gate_of_zeros_has_balance_1_and_takes_the_first_expert()
        {
            using var scope = NewDisposeScope();
            var (mixture, input) = (Mixture(4), Random(1, 2, 9, 8));
            using (no_grad())
                mixture.get_parameter("gate.weight")!.zero_();
            Assert.Equal(1, Balance(mixture, input).item<float>(), 5);
            Assert.Equal([1, 0, 0, 0], mixture.Route(input).Load[0].data<float>());
        }

        [Fact]
        public void A_token_that_found_no_room_becomes_0()
        {
            using var scope = NewDisposeScope();
            var mixture = Mixture(4, SecondChoice.None, new() { Factor = 0.01, Minimum = 1, RoundsUp = false });
            var input = Random(1, 1, 20, 8);
            Assert.InRange(mixture.call(input).abs().sum(-1).ne(0).sum().item<long>(), 1, 4);
        }
    }

    public class Switch
    {
        [Fact]
        public void Equal_experts_without_scaling_are_one_block_and_the_router_still_has_a_gradient()
        {
            using var scope = NewDisposeScope();
            manual_seed(1);
            var block = new SwitchBlock(8, 12, 4, 2, 0, scalesOutput: false, null, balanceWeight: 1, 1e-5);
            var input = Random(1, 2, 9, 8);
            var output = block.Experts.call(input);
            Assert.True(output.allclose(block.Experts.Experts[0].call(input), rtol: 1e-5, atol: 1e-6));
            output.square().sum().backward();
            Assert.True(block.Experts.get_parameter("gate.weight")!.grad!.abs().max().item<float>() > 1e-4);
        }

        [Fact]
        public void Padding_is_not_seen_by_other_tokens()
        {
            using var scope = NewDisposeScope();
            manual_seed(1);
            var head = new SwitchHead(8, 2, numBlocks: 2, hiddenDim: 12, numExperts: 3, numHeads: 2);
            head.eval();
            Tensor input = Random(1, 1, 6, 8), other = input.clone();
            other.narrow(1, 4, 2).neg_();
            var mask = tensor(new long[] { 1, 1, 1, 1, 0, 0 }).unsqueeze(0);
            Assert.True(head.Run(input, mask).narrow(1, 0, 4).allclose(head.Run(other, mask).narrow(1, 0, 4), rtol: 1e-5, atol: 1e-6));
            Assert.False(head.call(input).narrow(1, 0, 4).allclose(head.call(other).narrow(1, 0, 4), rtol: 1e-3, atol: 1e-3));
            Assert.Equal([1L, 2], head.call(input[0].narrow(0, 0, 1)).shape);
        }

        [Fact]
        public void Bad_options_and_inputs_are_refused()
        {
            Assert.Contains("3 heads", Assert.Throws<FrugalException>(() => new SwitchHead(8, 2, numHeads: 3)).Message, StringComparison.Ordinal);
            using var head = new SwitchHead(8, 2, numBlocks: 1, hiddenDim: 4, numExperts: 2);
            Assert.Contains("tokens, 8", Assert.Throws<FrugalException>(() => head.call(zeros(1, 3, 7))).Message, StringComparison.Ordinal);
        }
    }

    public class OnDistilBert
    {
        private static Subject Questions(Step step)
        {
            var data = new QuestionSource { Train = 32, Validation = 0, Test = 8, MaxTokens = 64 }.Load(null);
            var random = new RandomStreams(0);
            random.SeedTorch("model");
            var config = new DistilBertConfig { HiddenSize = 16, NumLayers = 1, NumHeads = 2, IntermediateSize = 32, InitializerRange = 0.2, MaxPositions = 64 };
            return step.Apply(new Subject { Model = config.FitTo(data.Info).Build(), Data = data, Random = random });
        }

        [Theory]
        [InlineData("expert-head: { experts: 4, hidden-dim: 8, second: all, capacity: { factor: 0.625, evaluation-factor: 1, rounds-up: false } }")]
        [InlineData("switch-blocks: { blocks: 1, experts: 4, hidden-dim: 8, heads: 2 }")]
        public void A_head_of_experts_trains_and_comes_back_from_its_folder(string step)
        {
            using var scope = NewDisposeScope();
            using var subject = Questions(new Binder().Bind<Step>(YamlReader.Parse(step, "step")));
            Assert.NotEmpty(LayerSelection.All.Of<MixtureOfExperts>(subject.Model));
            new Train { Updates = 12, BatchSize = 16, Optimizer = new Adam { Lr = 0.01 } }.Apply(subject);
            Assert.True(subject.Curve[^1].TrainingLoss < subject.Curve[0].TrainingLoss);
            Assert.True(Evaluation.Of(subject.Model, subject.Data.Test).Scores.ContainsKey("f1"));
            using var folder = new TemporaryFolder();
            ModelFolder.Save(subject.Model, folder.Path, subject.Data.Info);
            using var again = ModelFolder.Load(folder.Path);
            again.eval();
            subject.Model.eval();
            var inputs = new Loader(subject.Data.Test, 8, subject.Random).Epoch(0).First().Inputs;
            Assert.True(subject.Model.call(inputs).equal(again.call(inputs)).all().item<bool>());
        }

        [Fact]
        public void Padding_behind_a_question_changes_no_logit_of_its_tokens()
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            using var subject = Questions(new SwitchBlocks { Blocks = 2, Experts = 2, HiddenDim = 8, Heads = 2 });
            subject.Model.eval();
            var inputs = tensor(new long[] { 7, 8, 9, 10 }).unsqueeze(0);
            long padding = ((TextModel)subject.Model).TextConfig.PaddingId!.Value;
            var padded = cat([inputs, full([1, 3], padding, dtype: int64)], 1);
            Assert.True(subject.Model.call(inputs).allclose(subject.Model.call(padded).narrow(1, 0, 4), rtol: 1e-4, atol: 1e-5));
        }

        [Fact]
        public void A_head_that_was_replaced_already_is_refused_and_stays()
        {
            using var subject = Questions(new SwitchBlocks { Blocks = 1, Experts = 2, HiddenDim = 8, Heads = 2 });
            Assert.Contains("linear classifier", Assert.Throws<FrugalException>(() => new ExpertHead().Apply(subject)).Message, StringComparison.Ordinal);
            Assert.Single(LayerSelection.All.Of<SwitchHead>(subject.Model));
            Assert.Throws<ArgumentOutOfRangeException>(() => new ExpertHead { Experts = 0 });
            Assert.Throws<ArgumentOutOfRangeException>(() => new SwitchBlocks { DropRate = 1 });
        }
    }
}
