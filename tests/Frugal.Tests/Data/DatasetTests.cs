using Frugal.Data;

namespace Frugal.Tests.Data;

public class DatasetTests
{
    [Fact]
    public void Shows_the_chosen_examples_in_their_order()
    {
        var subset = new ToyImages(10).Choose([7, 2]);
        Assert.Equal(2, subset.Count);
        Assert.Equal("toy/7.png", subset.Name(0));
        Assert.Equal(2 % 3, subset.Label(1));
        Assert.Equal(ToyImages.Pixel(7, 0), subset.Images().Read(0).Pixels.Span[0]);
    }

    [Fact]
    public void Holding_out_splits_without_loss_and_the_same_way_every_time()
    {
        var (remaining, heldOut) = new ToyImages(100).HoldOut(0.1);
        string[] names = [.. Names(remaining), .. Names(heldOut!)];
        Assert.Equal(100, names.Distinct().Count());
        // Classes of 34, 33 and 33 examples lose three each.
        Assert.Equal(9, heldOut!.Count);
        Assert.Equal(Names(heldOut), Names(new ToyImages(100).HoldOut(0.1).HeldOut!));

        static IEnumerable<string> Names(Dataset data) => Enumerable.Range(0, data.Count).Select(data.Name);
    }

    [Fact]
    public void Holding_nothing_out_keeps_the_data() => Assert.Null(new ToyImages(3).HoldOut(0).HeldOut);

    [Fact]
    public void A_share_that_leaves_a_part_empty_is_refused()
    {
        Assert.Throws<FrugalException>(() => new ToyImages(3).HoldOut(0.01));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ToyImages(3).HoldOut(1));
    }
}
