namespace Frugal.Graphs;

/// <summary>
/// An axis of an input whose length may change from call to call beside the batch: the number of tokens, or the height of an image. Axes of one name always have the same length.
/// </summary>
public sealed record DynamicLength
{
    /// <summary>The shortest example that lengths can be told from: the model is captured with up to four less, and a length of one is a special case for much.</summary>
    public const long ShortestExample = 6;

    /// <param name="name">What the axis is called in the exported file, e.g. <c>sequence</c>.</param>
    /// <param name="axis">Which axis of the input, 1 or above; axis 0 is the batch.</param>
    /// <param name="input">Which input, from 0.</param>
    /// <exception cref="ArgumentException">The name is empty or that of the batch.</exception>
    public DynamicLength(string name, int axis, int input = 0)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (name == Batch)
            throw new ArgumentException("The batch is dynamic anyway; give the other axis another name.", nameof(name));
        (Name, Axis, Input) = (name, Guard.Between(axis, 1, 63, nameof(axis)), Guard.Between(input, 0, 1023, nameof(input)));
    }

    /// <summary>What the axis is called in the exported file.</summary>
    public string Name { get; }

    /// <summary>Which axis of the input.</summary>
    public int Axis { get; }

    /// <summary>Which input.</summary>
    public int Input { get; }

    internal const string Batch = "batch";
}
