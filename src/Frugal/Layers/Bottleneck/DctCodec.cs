using Frugal.Catalogue;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// Images as a picture codec hands them over, <c>[batch, channels, height, width]</c> to the same: the cosine transform of each 8x8 block, rounded to multiples of a step, and back. Sides that 8 does not divide are
/// filled up with the last rows and columns.
/// </summary>
[Entry("dct-codec", Paper = "entropic-student")]
public sealed class DctCodec : Layer, ICodedLayer
{
    private const int Side = 8, Frequencies = Side * Side;
    private readonly Tensor basis;

    /// <param name="channels">Channels of the image.</param>
    /// <param name="quantizerStep">What coefficients are rounded to multiples of.</param>
    public DctCodec([Range(1, 65_536)] long channels, [Range(0, 1e6, AboveLow = true)] double quantizerStep) : base(nameof(DctCodec))
    {
        Channels = Guard.Between(channels, 1, 65_536, nameof(channels));
        QuantizerStep = Guard.Positive(Guard.Between(quantizerStep, 0, 1e6, nameof(quantizerStep)), nameof(quantizerStep));
        basis = Basis().DetachFromDisposeScope();
        register_buffer(nameof(basis), basis);
    }

    /// <summary>Channels of the image.</summary>
    public long Channels { get; }

    /// <summary>What coefficients are rounded to multiples of.</summary>
    public double QuantizerStep { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        long height = input.shape[2], width = input.shape[3];
        var back = functional.conv_transpose2d(Quantized(input) * QuantizerStep, basis, strides: [Side, Side]);
        return back.reshape(-1, Channels, back.shape[2], back.shape[3]).narrow(2, 0, height).narrow(3, 0, width).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The mean over the images of what an ideal coder would take for them that knows how often each number occurs at each frequency: no real coder takes less without looking at neighbours.
    /// </summary>
    /// <inheritdoc/>
    public IEnumerable<double> BytesOf(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        int[] numbers = [.. Quantized(images).permute(1, 0, 2, 3).to(int32).cpu().contiguous().data<int>()];
        int count = numbers.Length / Frequencies;
        double bits = Enumerable.Range(0, Frequencies).Sum(frequency => Bits(numbers.AsSpan(frequency * count, count)));
        return Enumerable.Repeat(bits / 8 / images.shape[0], (int)images.shape[0]);
    }

    private Tensor Quantized(Tensor images)
    {
        long height = images.shape[2], width = images.shape[3];
        var whole = functional.pad(images.reshape(-1, 1, height, width), [0, Missing(width), 0, Missing(height)], PaddingModes.Replicate);
        return (functional.conv2d(whole, basis, strides: [Side, Side]) / QuantizerStep).round();
    }

    private static long Missing(long side) => (Side - side % Side) % Side;

    private static double Bits(ReadOnlySpan<int> numbers)
    {
        var counts = new Dictionary<int, int>();
        foreach (int number in numbers)
            counts[number] = counts.GetValueOrDefault(number) + 1;
        double all = numbers.Length;
        return counts.Values.Sum(count => -count * Math.Log2(count / all));
    }

    // The orthonormal cosine transform, a filter for each pair of frequencies.
    private static Tensor Basis()
    {
        var filters = new float[Frequencies * Frequencies];
        for (int i = 0; i < filters.Length; i++)
        {
            int v = i / (Frequencies * Side), u = i / Frequencies % Side, y = i / Side % Side, x = i % Side;
            filters[i] = (float)(Scale(v) * Scale(u) * Math.Cos((2 * y + 1) * v * Math.PI / (2 * Side)) * Math.Cos((2 * x + 1) * u * Math.PI / (2 * Side)));
        }
        return tensor(filters, [Frequencies, 1, Side, Side]);

        static double Scale(int frequency) => Math.Sqrt((frequency == 0 ? 1.0 : 2.0) / Side);
    }
}
