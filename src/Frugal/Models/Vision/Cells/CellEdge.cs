using System.Globalization;
using Frugal.Catalogue;

namespace Frugal.Models.Vision;

/// <summary>An edge of a cell, written <c>sep-conv3:1</c>: what it computes, and of which state.</summary>
/// <param name="Operation">What it computes.</param>
/// <param name="Input">Of which state: 0 and 1 are the outputs of the two cells before, the others the nodes of the cell so far.</param>
public readonly record struct CellEdge(CellOperation Operation, int Input)
{
    private static readonly Dictionary<string, CellOperation> operations = Enum.GetValues<CellOperation>().ToDictionary(operation => KebabCase.Of(operation.ToString()));

    /// <summary>Reads <c>sep-conv3:1</c>.</summary>
    /// <exception cref="FormatException">There is no such operation, or no state behind it.</exception>
    public static CellEdge Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split(':');
        return parts.Length == 2 && operations.TryGetValue(parts[0], out var operation) && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int input)
            ? new(operation, input)
            : throw new FormatException($"'{text}' is not an edge: write an operation and the state it acts on, e.g. sep-conv3:1; operations are {string.Join(", ", operations.Keys)}");
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => $"{KebabCase.Of(Operation.ToString())}:{Input.ToString(CultureInfo.InvariantCulture)}";
}
