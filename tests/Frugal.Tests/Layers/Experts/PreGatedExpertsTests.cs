using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Layers.Experts;

public class PreGatedExpertsTests
{
    public class Golden
    {
        [Theory]
        [InlineData("extraction")]
        [InlineData("router")]
        [InlineData("serving")]
        public void Case_agrees(string name)
        {
            var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "read-me", $"{name}.safetensors"));
            Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
        }
    }

    public class Masks
    {
        [Fact]
        public void Keep_the_most_active_units_and_split_into_shared_and_private()
        {
            using var scope = NewDisposeScope();
            var importance = rand(4, 20);
            var masks = ExpertMasks.Of(importance);
            Assert.True(masks.Masks.sum(1).eq(10).all().item<bool>());
            Assert.True((masks.Shared * masks.Private).eq(0).all().item<bool>());
            Assert.True((masks.Shared + masks.Private).equal(masks.Masks).all().item<bool>());
            Assert.True(ExpertMasks.Of(importance, isStrict: true).Masks.sum(1).eq(9).all().item<bool>());
            Assert.Equal([0L, 1, 2], ExpertMasks.Of(ones(1, 6)).Units(0).data<long>().ToArray());
            Assert.True(ExpertMasks.Of(importance, 1).Masks.eq(1).all().item<bool>());
            var one = ExpertMasks.Of(importance.narrow(0, 0, 1));
            Assert.True(one.Shared.equal(one.Masks[0]).all().item<bool>());
            Assert.Equal(0, one.Private.count_nonzero().item<long>());
            Assert.Throws<ArgumentOutOfRangeException>(() => ExpertMasks.Of(importance, 0));
        }

        [Fact]
        public void A_sliced_expert_is_the_masked_block_and_its_parts_add_up()
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            var dense = new GatedFeedForward(6, 20, ActivationLayer.Of(Activation.Silu));
            var block = FeedForwardBlock.In(Sequential(("ffn", dense)))[0];
            var masks = ExpertMasks.Of(rand(3, 20));
            var input = randn(5, 6);
            var hidden = functional.silu(block.Gate!.call(input)) * block.Up.call(input);
            for (int expert = 0; expert < 3; expert++)
            {
                var expected = block.Down.call(hidden * masks.Masks[expert]);
                Assert.True(block.Slice(masks.Units(expert)).call(input).allclose(expected, rtol: 1e-5, atol: 1e-6));
                Tensor own = masks.Private[expert].nonzero().squeeze(1), shared = masks.Shared.nonzero().squeeze(1);
                var parts = (own.numel() > 0 ? block.Slice(own).call(input) : 0 * input) + (shared.numel() > 0 ? block.Slice(shared).call(input) : 0 * input);
                Assert.True(parts.allclose(expected, rtol: 1e-5, atol: 1e-6));
            }
        }
    }

    public class Router
    {
        [Fact]
        public void Is_causal_and_has_the_parameters_of_the_authors_code()
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            using var router = new PreGatingRouter(50, 3, 8, numLayers: 2, numHeads: 2);
            var ids = randint(0, 50, [2, 9], int64);
            var whole = router.call(ids);
            Assert.Equal([2, 9, 3], whole.shape);
            Assert.True(router.call(ids.narrow(1, 0, 4)).allclose(whole.narrow(1, 0, 4), rtol: 1e-4, atol: 1e-5));
            using var published = new PreGatingRouter(100);
            // 17,965,063 with the 32,000 tokens of the paper.
            Assert.Equal(17_965_063 - (31_900 * 512), published.parameters().Sum(each => each.numel()));
            Assert.Throws<FrugalException>(() => new PreGatingRouter(50, 3, 8, 1, 3));
        }

        [Fact]
        public void Runs_what_takes_the_place_of_its_layers()
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            using var router = new PreGatingRouter(50, 3, 8, numHeads: 2);
            var ids = randint(0, 50, [2, 9], int64);
            var before = router.call(ids);
            foreach (string name in new[] { "q_proj_0", "proj_2_0", "proj_out" })
            {
                ModuleSurgery.Replace(router, name, Linear(8, name == "proj_out" ? 3 : 8));
                var after = router.call(ids);
                Assert.False(after.allclose(before, rtol: 1e-4, atol: 1e-5), name);
                before = after;
            }
        }

        [Fact]
        public void Learns_to_follow_what_the_dense_block_used()
        {
            using var scope = NewDisposeScope();
            var isPrivate = zeros(2, 8);
            isPrivate[0].narrow(0, 0, 4).fill_(1);
            isPrivate[1].narrow(0, 4, 4).fill_(1);
            var feature = cat([tensor(new float[] { 5, 4, 3, 2, 0, 0, 0, 0 }).view(1, 1, 8), tensor(new float[] { 0, 0, 0, 0, 2, 3, 4, 5 }).view(1, 1, 8)], 1);
            var matches = RoutingTargets.Matches(feature, isPrivate);
            Assert.Equal([0L, 1], matches.argmax(-1).flatten().data<long>().ToArray());
            Assert.Equal([0L, 1], RoutingTargets.Overlap(feature, isPrivate).argmax(-1).flatten().data<long>().ToArray());
            Assert.True(RoutingTargets.Loss(10 * matches, matches).item<float>() < RoutingTargets.Loss(-10 * matches, matches).item<float>());
        }
    }

    public class Cache
    {
        [Theory]
        [InlineData(new[] { 1, 2, 3, 1, 2, 4, 1, 2 }, EvictionPolicy.Lru, 4)]
        [InlineData(new[] { 1, 2, 3, 1, 2, 4, 1, 2 }, EvictionPolicy.Belady, 4)]
        [InlineData(new[] { 1, 2, 3, 4, 1, 2, 3, 4 }, EvictionPolicy.Lru, 0)]
        [InlineData(new[] { 1, 2, 3, 4, 1, 2, 3, 4 }, EvictionPolicy.Belady, 3)]
        public void Hits_as_counted_by_hand(int[] trace, EvictionPolicy policy, int hits) => Assert.Equal(hits, new ExpertCache(3, policy).Run(trace).Count(access => access.IsHit));

        [Fact]
        public void Belady_is_never_worse_and_without_foresight_the_least_recently_used_goes()
        {
            for (ulong seed = 0; seed < 30; seed++)
            {
                var random = new RandomStream(seed);
                int[] trace = [.. Enumerable.Range(0, 80).Select(_ => random.NextInt(7))];
                for (int capacity = 1; capacity <= 7; capacity++)
                {
                    int Hits(EvictionPolicy policy) => new ExpertCache(capacity, policy, (long)seed).Run(trace).Count(access => access.IsHit);
                    Assert.All(Enum.GetValues<EvictionPolicy>(), policy => Assert.True(Hits(policy) <= Hits(EvictionPolicy.Belady)));
                    Assert.Equal(new ExpertCache(capacity, EvictionPolicy.Lru).Run(trace), new ExpertCache(capacity).Run(trace, lookAhead: 0));
                }
                Assert.Equal(trace.Distinct().Count(), trace.Length - new ExpertCache(7, EvictionPolicy.Fifo).Run(trace).Count(access => access.IsHit));
            }
            Assert.Throws<ArgumentOutOfRangeException>(() => new ExpertCache(0));
        }
    }

    public class Queues
    {
        [Fact]
        public void No_request_is_lost_or_repeated_and_batches_need_few_experts()
        {
            var random = new RandomStream(3);
            var queues = new ExpertQueues<int>(6);
            int[] wanted = [.. Enumerable.Range(0, 100).Select(_ => random.NextInt(6))];
            foreach (var (request, expert) in wanted.Index())
                queues.Add(expert, request);
            var served = new List<int>();
            while (queues.Count > 0)
            {
                var lengths = queues.Lengths.OrderDescending().ToList();
                var batch = queues.Take(16);
                Assert.InRange(batch.Count, 1, 16);
                Assert.All(batch, each => Assert.Equal(wanted[each.Request], each.Expert));
                int least = Enumerable.Range(1, 6).First(count => lengths.Take(count).Sum() >= batch.Count);
                Assert.Equal(least, batch.Select(each => each.Expert).Distinct().Count());
                served.AddRange(batch.Select(each => each.Request));
            }
            Assert.Equal(Enumerable.Range(0, 100), served.Order());
            Assert.Throws<FrugalException>(() => queues.Add(6, 0));
            Assert.Empty(queues.Take(4));
        }
    }
}
