using Frugal.Compression.Experts;
using Frugal.Layers.Experts;
using Frugal.Models;
using Frugal.Models.Text;
using Frugal.Tests.Compression.Experts;

namespace Frugal.Tests.Models.Text;

/// <summary>Serving a pre-gated model: batches by expert, and few experts in memory.</summary>
public sealed class ExpertServerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly long[][] prompts = [.. Enumerable.Range(0, 9).Select(i => new long[] { 12 + i % 3, (3 * i + 1) % 12, (5 * i + 2) % 12, (7 * i + 3) % 12 }[..(2 + i % 3)])];

    public void Dispose() => folder.Dispose();

    private TextModel Save(string family, ReadMeForm form)
    {
        using var subject = ReadMeTests.Subject(family);
        new ReadMe { Samples = 4, RouterDim = 16, RouterHeads = 2, IsFused = form == ReadMeForm.Fused }.Apply(subject);
        ModelFolder.Save(subject.Model, folder.Path, subject.Data.Info);
        return TextModelFolder.Load(folder.Path);
    }

    public enum ReadMeForm
    {
        Fused,
        Unfused,
    }

    [Theory]
    [InlineData("llama", ReadMeForm.Fused, 1, EvictionPolicy.Belady)]
    [InlineData("llama", ReadMeForm.Unfused, 2, EvictionPolicy.Lru)]
    [InlineData("gpt2", ReadMeForm.Fused, 2, EvictionPolicy.Belady)]
    [InlineData("gpt2", ReadMeForm.Unfused, 1, EvictionPolicy.Random)]
    public void What_it_writes_is_what_each_request_gets_alone(string family, ReadMeForm form, int capacity, EvictionPolicy policy)
    {
        using var model = Save(family, form);
        using var server = ExpertServer.Open(folder.Path, new() { CacheCapacity = capacity, Policy = policy, MaxTokens = 4 });
        var requests = prompts.Select(prompt => server.Add(prompt, 5)).ToList();
        server.Run();
        var generator = new TextGenerator(model, new() { Temperature = 0 });
        foreach (var (request, prompt) in requests.Zip(prompts))
        {
            Assert.True(request.IsDone);
            Assert.Equal(generator.Continue(prompt, 5), request.Written);
            Assert.Equal(prompt.Length + 4, request.Experts.Count);
            request.Dispose();
        }
        var report = server.Report;
        Assert.Equal(requests.Sum(request => request.Experts.Count), report.Schedule.Batches.Sum(batch => batch.Count));
        Assert.All(report.Schedule.Batches, batch => Assert.InRange(batch.Count, 1, 4));
        Assert.Equal(report.Schedule.Loads.Count, report.Hits + report.Misses);
        long perExpert = model.modules().OfType<MixtureOfExperts>().Sum(layer => layer.Experts[0].parameters().Sum(weight => weight.numel() * weight.element_size()));
        Assert.InRange(report.HeldBytes, 1, capacity * perExpert);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void With_every_expert_known_it_hits_as_often_as_the_simulation(int capacity)
    {
        using var model = Save("llama", ReadMeForm.Fused);
        using var server = ExpertServer.Open(folder.Path, new() { CacheCapacity = capacity, MaxTokens = 3 });
        var requests = prompts.Select(prompt => server.Add(prompt, 0)).ToList();
        var experts = requests.Select(request => request.Experts.ToArray()).ToList();
        server.Run();
        var simulated = ServingSchedule.ByExpert(experts, 3, 3);
        Assert.Equal(simulated.Batches, server.Report.Schedule.Batches);
        Assert.Equal(ExpertCache.HitRatioOf(simulated.Loads, capacity, EvictionPolicy.Belady), server.Report.HitRatio);
        requests.ForEach(request => request.Dispose());
    }

    [Fact]
    public void A_request_that_comes_later_is_served_too_and_ends_at_its_token()
    {
        using var model = Save("llama", ReadMeForm.Fused);
        var generator = new TextGenerator(model, new() { Temperature = 0 });
        long[] whole = [.. generator.Continue(prompts[1], 6)];
        using var server = ExpertServer.Open(folder.Path, new() { CacheCapacity = 2 });
        using var first = server.Add(prompts[0], 2);
        Assert.True(server.RunBatch());
        using var late = server.Add(prompts[1], 6, endToken: whole[2]);
        server.Run();
        Assert.Equal(whole[..(Array.IndexOf(whole, whole[2]) + 1)], late.Written);
        Assert.False(server.RunBatch());
    }

    [Fact]
    public void What_cannot_be_served_is_refused()
    {
        using var dense = ReadMeTests.Subject();
        ModelFolder.Save(dense.Model, folder.Path);
        Assert.Contains("read-me", Assert.Throws<FrugalException>(() => ExpertServer.Open(folder.Path)).Message, StringComparison.Ordinal);
        using var model = Save("llama", ReadMeForm.Fused);
        using var server = ExpertServer.Open(folder.Path);
        Assert.Throws<FrugalException>(() => server.Add([], 1));
        Assert.Throws<FrugalException>(() => server.Add([1, 2], 11));
        Assert.Throws<FrugalException>(() => server.Add([1, 99], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ServingOptions { CacheCapacity = 0 });
    }
}
