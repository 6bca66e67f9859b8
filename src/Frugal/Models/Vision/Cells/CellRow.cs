namespace Frugal.Models.Vision;

/// <summary>Where cells stand in a row, and how wide each is: channels double with each of two reductions, after a third and after two thirds of the cells.</summary>
/// <param name="channels">Channels of a node in the first cell.</param>
/// <param name="cells">Number of cells.</param>
/// <param name="nodes">Nodes of a cell.</param>
internal sealed class CellRow(long channels, int cells, int nodes)
{
    private const int StemMultiple = 3;

    /// <summary>Channels that the stem gives out.</summary>
    public long StemChannels => StemMultiple * channels;

    /// <summary>Channels that the last cell gives out.</summary>
    public long OutChannels => nodes * Places[^1].Channels.Width;

    /// <summary>The cells, from the image on.</summary>
    public IReadOnlyList<Place> Places { get; } = [.. PlacesOf(channels, cells, nodes)];

    /// <summary>One cell's place.</summary>
    /// <param name="Channels">Channels of the cell before the last, of the last, and of a node here.</param>
    /// <param name="IsReduction">Whether it halves the image.</param>
    /// <param name="FollowsReduction">Whether the last cell did.</param>
    public sealed record Place((long BeforeLast, long Last, long Width) Channels, bool IsReduction, bool FollowsReduction);

    private static IEnumerable<Place> PlacesOf(long channels, int cells, int nodes)
    {
        long beforeLast = StemMultiple * channels, last = beforeLast, width = channels;
        bool followsReduction = false;
        for (int cell = 0; cell < cells; cell++)
        {
            bool isReduction = cell == cells / 3 || cell == 2 * cells / 3;
            width *= isReduction ? 2 : 1;
            yield return new((beforeLast, last, width), isReduction, followsReduction);
            (beforeLast, last, followsReduction) = (last, nodes * width, isReduction);
        }
    }
}
