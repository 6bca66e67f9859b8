using Frugal.Catalogue;
using Frugal.Layers;

namespace Frugal.Models.Vision;

/// <summary>
/// A Kolmogorov-Arnold network whose nodes weigh a pool of function families until <c>kan-selection</c> leaves each with one (Yang et al. 2024, S-KAN): layers on the flattened image, or convolutions of 3x3 windows with
/// 2x2 mean pooling before them (S-ConvKAN). There are no activations between.
/// </summary>
[Entry("kan", Paper = "s-kan")]
public sealed record KanConfig : ImageModelConfig
{
    /// <summary>Channels of convolutional layers before the others; each halves the image.</summary>
    public IReadOnlyList<int> ConvChannels { get; init => field = Sizes(value, 65_536); } = [];

    /// <summary>Widths of the layers between input and classifier.</summary>
    public IReadOnlyList<int> HiddenSizes { get; init => field = Sizes(value, 1_000_000); } = [16];

    /// <summary>The families that nodes choose among, each once; one makes the ordinary network of that family.</summary>
    public IReadOnlyList<KanFamily> Pool { get; init; } = [KanFamily.Bspline, KanFamily.Rbf, KanFamily.Chebyshev, KanFamily.Wavelet];

    /// <summary>Sum of a node's weights over its families, g; null for their number, with which each begins at 1.</summary>
    [Range(0, 1000, AboveLow = true)]
    public double? GateScale { get; init => field = value is { } scale ? Guard.Positive(Guard.Between(scale, 0, 1000)) : null; }

    /// <summary>Intervals of the spline grid on [-1, 1], G.</summary>
    [Range(1, 4096)]
    public int GridSize { get; init => field = Guard.Between(value, 1, 4096); } = 5;

    /// <summary>Order of the splines, k.</summary>
    [Range(0, 10)]
    public int SplineOrder { get; init => field = Guard.Between(value, 0, 10); } = 3;

    /// <summary>Centres of the radial functions on [-2, 2].</summary>
    [Range(2, 4096)]
    public int NumRbf { get; init => field = Guard.Between(value, 2, 4096); } = 8;

    /// <summary>Highest degree of the polynomials.</summary>
    [Range(1, 64)]
    public int Degree { get; init => field = Guard.Between(value, 1, 64); } = 4;

    /// <summary>The mother wavelet.</summary>
    public KanWavelet Wavelet { get; init; } = KanWavelet.MexicanHat;

    /// <summary>True for a batch norm without parameters, times ½, before every layer but the first.</summary>
    public bool HasNorm { get; init; }

    /// <summary>Factor on the image, which brings normalised pixels to about [-1, 1], where the functions differ.</summary>
    [Range(0, 1000, AboveLow = true)]
    public double InputScale { get; init => field = Guard.Positive(Guard.Between(value, 0, 1000)); } = 0.5;

    /// <inheritdoc/>
    public override PublishedInput PublishedInput => PublishedInput.Digits;

    /// <inheritdoc/>
    public override double LeastParameters => HiddenSizes.Zip(HiddenSizes.Skip(1), (from, to) => (double)from * to).Sum() + ConvChannels.Zip(ConvChannels.Skip(1), (from, to) => 9.0 * from * to).Sum();

    /// <summary>Options of a layer.</summary>
    internal KanOptions OptionsOf(bool isHidden) => new(Pool, null, GateScale, GridSize, SplineOrder, NumRbf, Degree, Wavelet, HasBase: true, HasScaler: false, HasNorm && isHidden, HasBias: true);

    /// <inheritdoc/>
    protected override Model Create()
    {
        var size = ImageSize!.Value;
        return Math.Min(size.Height, size.Width) >> ConvChannels.Count > 0
            ? new Kan(this)
            : throw new FrugalException($"kan halves the image with each convolution, and {size} cannot be halved {ConvChannels.Count} times: give fewer conv-channels, or larger images");
    }

    private static IReadOnlyList<int> Sizes(IReadOnlyList<int> value, int most)
    {
        ArgumentNullException.ThrowIfNull(value);
        foreach (int size in value)
            Guard.Between(size, 1, most, nameof(value));
        return value;
    }
}
