using Frugal.Catalogue;

namespace Frugal.Data;

/// <summary>Where data comes from: what a person names under <c>data:</c> or with <c>--data</c>.</summary>
[CatalogueKind("dataset", "datasets")]
public abstract class DataSource
{
    /// <summary>Opens the splits. Files are looked for under <paramref name="dataDir"/>, or <c>FRUGAL_DATA</c> when that is null.</summary>
    /// <exception cref="FrugalException">Something is missing or broken; the message says how to get it.</exception>
    public abstract DataSplits Load(string? dataDir);
}
