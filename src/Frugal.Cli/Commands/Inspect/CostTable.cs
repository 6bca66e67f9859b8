using Frugal.Graphs.Counting;
using Spectre.Console;
using static System.FormattableString;

namespace Frugal.Cli.Commands.Inspect;

/// <summary>The cost of a model as a table with a row for each layer and the totals below.</summary>
internal static class CostTable
{
    public static void Print(ModelCost cost, IAnsiConsole console)
    {
        // A column that repeats the one before it says nothing.
        var hasZeros = cost.NonZeroMacs != cost.Macs;
        var table = new Table().Border(TableBorder.Simple).AddColumn("layer").AddColumn("type").AddColumn(new TableColumn("output").NoWrap());
        foreach (var heading in (string[])["parameters", "MACs", .. hasZeros ? ["non-zero"] : Array.Empty<string>(), "activations"])
            table.AddColumn(new TableColumn(heading).RightAligned().NoWrap());
        foreach (var layer in cost.Layers)
        {
            Add(table, hasZeros, layer.Path.Length > 0 ? layer.Path : "(model)", layer.Type, Shape(layer.OutputShape),
                layer.Parameters, layer.Macs, layer.NonZeroMacs, layer.ActivationBytes);
        }
        table.AddEmptyRow();
        Add(table, hasZeros, "total", "", "", cost.Parameters, cost.Macs, cost.NonZeroMacs, cost.Layers.Sum(layer => layer.ActivationBytes));
        console.Write(table);
        console.WriteLine(Invariant($"{Quantity.Of(cost.Parameters)} parameters, {Quantity.Of(cost.Macs)} MACs for one example (1 MAC is a multiply-add, or 2 FLOPs).")
            + (hasZeros ? $" {Quantity.Of(cost.NonZeroMacs)} are left when zero weights are skipped." : ""));
        console.WriteLine($"Intermediate results take {Quantity.OfBytes(cost.PeakActivationBytes)} at the most at one time.");
    }

    private static void Add(
        Table table, bool hasZeros, string layer, string type, string shape, long parameters, long macs, long nonZeroMacs, long bytes)
    {
        List<string> cells = [layer, type, shape, Number(parameters), Count(macs), .. hasZeros ? [Count(nonZeroMacs)] : Array.Empty<string>(), Bytes(bytes)];
        table.AddRow(cells.Select(cell => new Text(cell)));
    }

    private static string Shape(IReadOnlyList<long> shape) => string.Join(" x ", shape.Skip(1));

    private static string Number(long count) => count == 0 ? "" : Invariant($"{count:N0}");

    private static string Count(long count) => count == 0 ? "" : Quantity.Of(count);

    private static string Bytes(long bytes) => bytes == 0 ? "" : Quantity.OfBytes(bytes);
}
