using Frugal.Interop.Charts;
using Frugal.Studies.Results;

namespace Frugal.Studies.Reports.Charts;

/// <summary>Share of zeros in each weight of an arm's model, as bars as thick as the weight is large.</summary>
internal static class SparsityChart
{
    private const double Width = 560, NameWidth = 200, ValueWidth = 150, RowHeight = 20;

    /// <summary>The chart, or null for a model without zeros.</summary>
    public static string? Draw(ArmResult arm)
    {
        var layers = arm.Runs.Count > 0 ? arm.Runs[0].Layers : [];
        if (!layers.Any(layer => layer.Sparsity > 0.005))
            return null;
        var svg = new Svg(Width, RowHeight * layers.Count + 4, $"Sparsity of each weight of {arm.Name}");
        double scale = Width - NameWidth - ValueWidth;
        for (int i = 0; i < layers.Count; i++)
        {
            double y = RowHeight * i;
            string words = $"{Quantity.Percent(layers[i].Sparsity)} % of {Quantity.Count(layers[i].Count)}";
            svg.Text(0, y + 14, layers[i].Name, "label");
            svg.Bar(NameWidth, y + 4, scale, RowHeight - 8, "empty");
            svg.Bar(NameWidth, y + 4, scale * layers[i].Sparsity, RowHeight - 8, "gain", tip: $"{layers[i].Name}: {words} are zero");
            svg.Text(NameWidth + scale + 8, y + 14, words, "mark");
        }
        return svg.ToString();
    }
}
