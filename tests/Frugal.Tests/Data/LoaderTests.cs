using Frugal.Data;
using Frugal.Data.Transforms;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Data;

public class LoaderTests
{
    private static readonly RandomStreams Streams = new(7);

    private static List<(float[] Pixels, long[] Labels, int[] Indices)> Collect(Loader loader, long epoch, int firstBatch = 0)
    {
        var batches = new List<(float[], long[], int[])>();
        foreach (var batch in loader.Epoch(epoch, firstBatch))
        {
            using (batch)
                batches.Add((batch.Inputs.data<float>().ToArray(), batch.Targets.data<long>().ToArray(), [.. batch.Indices]));
        }
        return batches;
    }

    private static void AssertEqual(List<(float[] Pixels, long[] Labels, int[] Indices)> expected, List<(float[] Pixels, long[] Labels, int[] Indices)> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int i = 0; i < expected.Count; i++)
        {
            Assert.Equal(expected[i].Indices, actual[i].Indices);
            Assert.Equal(expected[i].Labels, actual[i].Labels);
            Assert.Equal(expected[i].Pixels, actual[i].Pixels);
        }
    }

    /// <summary>Sets every pixel to a random value, so that a wrong stream shows.</summary>
    private sealed class Scramble : ImageTransform
    {
        public override Image Apply(Image image, RandomStream random)
        {
            var pixels = new byte[image.Pixels.Length];
            for (int i = 0; i < pixels.Length; i++)
                pixels[i] = (byte)random.NextInt(256);
            return image with { Pixels = pixels };
        }
    }

    private sealed class Fails : ImageTransform
    {
        public override Image Apply(Image image, RandomStream random) => throw new InvalidOperationException("out of ideas");
    }

    public class Batches
    {
        [Fact]
        public void Hold_normalised_pixels_channels_first_with_labels_and_indices()
        {
            var loader = new Loader(new ToyImages(5, channels: 3, side: 2), 2, Streams);
            using var scope = NewDisposeScope();
            var batches = loader.Epoch(0).ToList();

            Assert.Equal([2, 2, 1], batches.Select(batch => batch.Count));
            Assert.Equal([0, 1, 2, 3, 4], batches.SelectMany(batch => batch.Indices));
            Assert.Equal([2, 3, 2, 2], batches[1].Inputs.shape);
            Assert.Equal(ScalarType.Float32, batches[1].Inputs.dtype);
            Assert.Equal([2L, 0L], batches[1].Targets.data<long>().ToArray());
            for (int channel = 0; channel < 3; channel++)
            {
                for (int i = 0; i < 4; i++)
                {
                    double stored = ToyImages.Pixel(3, i * 3 + channel) / 255.0;
                    Assert.Equal((stored - 0.5) / 0.25, batches[1].Inputs[1, channel, i / 2, i % 2].item<float>(), 5);
                }
            }
        }

        [Fact]
        public void Are_the_same_in_the_first_epoch_and_from_the_cache()
        {
            var loader = new Loader(new ToyImages(10), 4, Streams);
            AssertEqual(Collect(loader, 0), Collect(loader, 1));
        }

        [Theory]
        [InlineData(true)]
        [InlineData(false)]
        public void Do_not_depend_on_the_number_of_workers(bool augment)
        {
            var expected = Collect(Make(0), epoch: 3);
            foreach (int workers in new[] { 1, 2, 5 })
                AssertEqual(expected, Collect(Make(workers), epoch: 3));

            Loader Make(int workers) => new(new ToyImages(53), 7, Streams)
            {
                Workers = workers,
                Shuffle = true,
                Transforms = augment ? [new Scramble()] : [],
                Erasing = augment ? new RandomErasing { Probability = 0.5, MinArea = 0.3 } : null,
            };
        }

        [Fact]
        public void Begin_where_they_are_told_to()
        {
            var loader = new Loader(new ToyImages(50), 8, Streams) { Shuffle = true, Transforms = [new Scramble()] };
            AssertEqual(Collect(loader, 2)[4..], Collect(loader, 2, firstBatch: 4));
            Assert.Empty(Collect(loader, 2, firstBatch: loader.BatchCount));
        }

        [Fact]
        public void Are_augmented_anew_every_epoch()
        {
            var loader = new Loader(new ToyImages(8), 8, Streams) { Transforms = [new Scramble()] };
            Assert.NotEqual(Collect(loader, 0)[0].Pixels, Collect(loader, 1)[0].Pixels);
        }

        [Fact]
        public void Leave_nothing_behind_once_disposed()
        {
            using var scope = NewDisposeScope();
            var loader = new Loader(new ToyImages(40), 4, Streams);
            foreach (var batch in loader.Epoch(0))
                batch.Dispose();
            Assert.Equal(0, scope.DisposablesCount);
        }
    }

    public class Order
    {
        [Fact]
        public void Is_a_permutation_that_changes_with_epoch_and_seed()
        {
            var first = Indices(Streams, 0);
            Assert.Equal(Enumerable.Range(0, 100), first.Order());
            Assert.Equal(first, Indices(new RandomStreams(7), 0));
            Assert.NotEqual(first, Indices(Streams, 1));
            Assert.NotEqual(first, Indices(new RandomStreams(8), 0));

            static int[] Indices(RandomStreams streams, int epoch) =>
                [.. Collect(new Loader(new ToyImages(100), 10, streams) { Shuffle = true }, epoch).SelectMany(batch => batch.Indices)];
        }

        [Fact]
        public void Drops_what_does_not_fill_a_batch_on_request()
        {
            var loader = new Loader(new ToyImages(11), 4, Streams) { DropLast = true };
            Assert.Equal(2, loader.BatchCount);
            Assert.Equal([4, 4], Collect(loader, 0).Select(batch => batch.Indices.Length));
        }
    }

    public class Faults
    {
        [Theory]
        [InlineData(0)]
        [InlineData(1)]
        [InlineData(3)]
        public void Of_an_example_reach_the_consumer_with_its_name(int workers)
        {
            var loader = new Loader(new ToyImages(20, broken: 13), 4, Streams) { Workers = workers };
            int seen = 0;
            var error = Assert.Throws<FrugalException>(() =>
            {
                foreach (var batch in loader.Epoch(0))
                {
                    batch.Dispose();
                    seen++;
                }
            });
            Assert.Equal(3, seen);
            Assert.Contains("toy/13.png", error.Message);
            Assert.Contains("the file ends early", error.Message);
        }

        [Fact]
        public void Of_a_transform_reach_the_consumer_with_the_cause()
        {
            var loader = new Loader(new ToyImages(4), 2, Streams) { Transforms = [new Fails()] };
            var error = Assert.Throws<FrugalException>(() => Collect(loader, 0));
            Assert.IsType<InvalidOperationException>(error.InnerException);
            Assert.Contains("toy/0.png", error.Message);
        }

        [Fact]
        public void A_training_batch_larger_than_the_data_names_both_numbers()
        {
            var error = Assert.Throws<FrugalException>(() => new Loader(new ToyImages(20), 32, Streams) { Shuffle = true }.Epoch(0));
            Assert.Contains("32", error.Message);
            Assert.Contains("20", error.Message);
        }

        [Fact]
        public void An_evaluation_batch_may_be_larger_than_the_data() =>
            Assert.Equal(20, Assert.Single(Collect(new Loader(new ToyImages(20), 32, Streams), 0)).Indices.Length);

        [Fact]
        public void No_examples_are_refused() =>
            Assert.Contains("no examples", Assert.Throws<FrugalException>(() => new Loader(new ToyImages(0), 1, Streams).Epoch(0)).Message);

        [Fact]
        public void A_first_batch_outside_the_epoch_is_refused() =>
            Assert.Throws<ArgumentOutOfRangeException>(() => new Loader(new ToyImages(20), 5, Streams).Epoch(0, 5));

        [Fact]
        public void A_batch_of_none_is_refused() =>
            Assert.Throws<ArgumentOutOfRangeException>(() => new Loader(new ToyImages(20), 0, Streams));
    }

    public class Leaving_early
    {
        [Fact]
        public void Stops_the_workers_before_it_returns()
        {
            var data = new ToyImages(1000) { Delay = 2 };
            var loader = new Loader(data, 10, Streams) { Workers = 3, Transforms = [new Scramble()] };
            foreach (var batch in loader.Epoch(0))
            {
                batch.Dispose();
                break;
            }
            for (int i = 0; i < 10; i++, Thread.Sleep(1))
                Assert.Equal(0, data.Reading);
        }
    }
}
