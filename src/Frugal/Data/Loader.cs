using System.Runtime.InteropServices;
using Frugal.Data.Text;
using Frugal.Data.Transforms;
using static TorchSharp.torch;

namespace Frugal.Data;

/// <summary>
/// Hands out a dataset in batches, prepared ahead by worker threads. What comes out depends on the data, the options, the run's random streams and the
/// epoch, never on the number of workers; an epoch can be entered at any batch, at no cost, which is how a resumed run goes on where it stopped.
/// </summary>
public sealed class Loader
{
    private readonly Dataset data;
    private readonly RandomStreams random;
    private readonly int workers = Math.Clamp(Environment.ProcessorCount - 1, 1, 4);

    /// <param name="data">The examples.</param>
    /// <param name="batchSize">Examples a batch, at least 1.</param>
    /// <param name="random">Streams of the run; <c>shuffle</c> (by epoch) and <c>augment</c> (by epoch and example) are drawn from.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="batchSize"/> is below 1.</exception>
    public Loader(Dataset data, int batchSize, RandomStreams random)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(random);
        this.data = data;
        this.random = random;
        BatchSize = Guard.AtLeast(batchSize, 1, nameof(batchSize));
    }

    /// <summary>Examples a batch.</summary>
    public int BatchSize { get; }

    /// <summary>Whether every epoch has an order of its own. Default false: the dataset's order.</summary>
    public bool Shuffle { get; init; }

    /// <summary>Whether the examples that do not fill a last batch are left out of an epoch. Default false.</summary>
    public bool DropLast { get; init; }

    /// <summary>Augmentations of the 8-bit image, in this order. Default none.</summary>
    public IReadOnlyList<ImageTransform> Transforms { get; init; } = [];

    /// <summary>Erases boxes of the normalised image, or null for none. Default null.</summary>
    public RandomErasing? Erasing { get; init; }

    /// <summary>Threads that prepare batches; 0 prepares them when they are asked for. Default one less than the machine has cores, 1 to 4.</summary>
    [Catalogue.Range(0, 256)]
    public int Workers { get => workers; init => workers = Guard.Between(value, 0, 256); }

    /// <summary>Batches in an epoch.</summary>
    public int BatchCount => DropLast ? data.Count / BatchSize : (data.Count + BatchSize - 1) / BatchSize;

    /// <summary>
    /// The batches of an epoch. Their tensors belong to the dispose scope that is open where the enumerator moves; dispose the
    /// batch to free them earlier. Leaving the enumeration early stops the workers.
    /// </summary>
    /// <param name="epoch">Number of the epoch, from 0.</param>
    /// <param name="firstBatch">Batch to begin with, from 0 to <see cref="BatchCount"/>.</param>
    /// <exception cref="FrugalException">The data is empty or does not fill one batch, or an example cannot be prepared.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="firstBatch"/> lies outside the epoch.</exception>
    public IEnumerable<Batch> Epoch(long epoch, int firstBatch = 0)
    {
        if (data.Count == 0)
            throw new FrugalException("The dataset has no examples.");
        // A pass in order that leaves nothing out is an evaluation: there a batch is only an upper bound.
        if (BatchSize > data.Count && (Shuffle || DropLast))
            throw new FrugalException($"A batch of {BatchSize} is larger than the data, which has {data.Count} examples. Choose a batch of at most {data.Count}.");
        Guard.Between(firstBatch, 0, BatchCount, nameof(firstBatch));
        return Batches(epoch, firstBatch);
    }

    private IEnumerable<Batch> Batches(long epoch, int firstBatch)
    {
        int[]? order = Shuffle ? random.At("shuffle", epoch).NextPermutation(data.Count) : null;
        return data switch
        {
            TokenDataset tokens => Batches(tokens, epoch, firstBatch, order),
            ImageDataset images => Batches(images, epoch, firstBatch, order),
            _ => throw new FrugalException($"{data.GetType().Name} is neither images nor texts; derive it from {nameof(ImageDataset)} or {nameof(TokenDataset)}."),
        };
    }

    // Token ids are in memory and need no preparation that would pay another thread.
    private IEnumerable<Batch> Batches(TokenDataset tokens, long epoch, int firstBatch, int[]? order)
    {
        if (Transforms.Count > 0 || Erasing is not null)
            throw new FrugalException("Augmentations of images cannot change a text; leave `augment` and `random-erasing` out.");
        for (int number = firstBatch; number < BatchCount; number++)
            yield return tokens.Assemble(Indices(number, order), epoch, random);
    }

    private IEnumerable<Batch> Batches(ImageDataset images, long epoch, int firstBatch, int[]? order)
    {
        var pipeline = new ExamplePipeline(images, random, Transforms, Erasing);
        bool isReady = pipeline.IsFixed && images.Normalized?.IsComplete == true;
        if (isReady || Workers == 0)
        {
            for (int number = firstBatch; number < BatchCount; number++)
            {
                int[] indices = Indices(number, order);
                yield return Assemble(images, indices, target =>
                {
                    for (int position = 0; position < indices.Length; position++)
                        pipeline.Write(indices[position], epoch, target.Slice(position * pipeline.Length, pipeline.Length));
                });
            }
            yield break;
        }

        using var prefetcher = new Prefetcher(firstBatch, BatchCount, checked(BatchSize * pipeline.Length), Workers, Size, (number, position, buffer) =>
            pipeline.Write(IndexAt(number, position, order), epoch, buffer.Slice(position * pipeline.Length, pipeline.Length)));
        for (int number = firstBatch; number < BatchCount; number++)
        {
            int[] indices = Indices(number, order);
            yield return prefetcher.Take(buffer => Assemble(images, indices, target => buffer.AsSpan(0, target.Length).CopyTo(target)));
        }
    }

    private int Size(int number) => Math.Min(BatchSize, data.Count - number * BatchSize);

    private int IndexAt(int number, int position, int[]? order) =>
        order is null ? number * BatchSize + position : order[number * BatchSize + position];

    private int[] Indices(int number, int[]? order)
    {
        var indices = new int[Size(number)];
        for (int position = 0; position < indices.Length; position++)
            indices[position] = IndexAt(number, position, order);
        return indices;
    }

    private delegate void Fill(Span<float> target);

    private static Batch Assemble(ImageDataset images, int[] indices, Fill fill)
    {
        var info = images.Info;
        var inputs = empty(indices.Length, info.Channels, info.Height, info.Width);
        fill(MemoryMarshal.Cast<byte, float>(inputs.bytes));
        var targets = empty(indices.Length, int64);
        var labels = MemoryMarshal.Cast<byte, long>(targets.bytes);
        for (int position = 0; position < indices.Length; position++)
            labels[position] = images.Label(indices[position]);
        return new Batch(inputs, targets, indices);
    }
}
