namespace Frugal.Data.Mixing;

/// <summary>How one example is mixed with its partner.</summary>
/// <param name="Lambda">Share λ of the example itself, 0 to 1, by which its target is mixed; for a box the share that the box leaves.</param>
/// <param name="Box">What CutMix takes from the partner, or null for mixup, which averages with weight λ.</param>
public readonly record struct ExampleMix(double Lambda, MixBox? Box)
{
    /// <summary>An example that stays as it is.</summary>
    public static ExampleMix None { get; } = new(1, null);

    /// <summary>Averages: <c>λ x + (1 - λ) partner</c>.</summary>
    public static ExampleMix Average(double lambda) => new(Guard.Between(lambda, 0, 1), null);

    /// <summary>Takes a box from the partner; λ follows from what it leaves.</summary>
    public static ExampleMix Cut(MixBox box, int height, int width) => new(box.ShareKept(height, width), box);
}
