namespace Frugal.Graphs.Groups.Slots;

/// <summary>
/// Which slot each place along some axes of a tensor belongs to. Usually it is a single axis; where channels were split, e.g. into heads and their width, they lie over several
/// axes jointly until an operator or the end of the graph decides along which of them they are removed.
/// </summary>
/// <param name="Axes">The axes, rising.</param>
/// <param name="Slots">The slots in row-major order over the axes.</param>
internal sealed record SlotBlock(IReadOnlyList<int> Axes, int[] Slots);
