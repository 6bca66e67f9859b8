using Frugal.Analysis;
using static TorchSharp.torch;

namespace Frugal.Tests.Analysis.Experts;

public class ExpertSpansTests
{
    [Theory]
    [InlineData(SpanHeadForm.Dense)]
    [InlineData(SpanHeadForm.Experts)]
    public void A_head_finds_more_spans_the_longer_it_learns_and_leaves_the_model_alone(SpanHeadForm form)
    {
        using var subject = TinySubject.Of();
        byte[] before = TinySubject.Bytes(subject);
        double After(int updates)
        {
            new ExpertSpans { Form = form, HiddenDim = 16, Experts = 4, Updates = updates, FineTuningUpdates = 2, Lr = 0.01 }.Apply(subject);
            return subject.Metrics["span-exact-match"]!.Value;
        }

        double little = After(2), more = After(60);
        Assert.True(more > little + 0.2, $"{little} after 2 updates, {more} after 60");
        Assert.Equal(before, TinySubject.Bytes(subject));
        Assert.Equal(form == SpanHeadForm.Experts, subject.Metrics["busiest-share"] is not null);
    }

    [Fact]
    public void Spans_follow_their_marker_and_logits_that_point_at_them_match_exactly()
    {
        using var scope = NewDisposeScope();
        var random = new RandomStreams(1);
        var examples = SpanExamples.Draw(SpanExamples.Codes(random), 200, 0, 6, random, "test");
        Assert.True(examples.End.ge(examples.Start).logical_and(examples.End.sub(examples.Start).le(1)).all().item<bool>());
        Assert.True(examples.Start.ge(5).logical_and(examples.End.le(27)).all().item<bool>());
        var logits = stack([nn.functional.one_hot(examples.Start, 32), nn.functional.one_hot(examples.End, 32)], -1).to(float32);
        Assert.Equal(1, examples.ExactMatch(logits));
        Assert.Equal(0, examples.ExactMatch(-logits));
    }
}
