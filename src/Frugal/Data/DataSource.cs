using Frugal.Catalogue;
using Frugal.Data.Download;

namespace Frugal.Data;

/// <summary>Where data comes from: what a person names under <c>data:</c> or with <c>--data</c>.</summary>
[CatalogueKind("dataset", "datasets")]
public abstract class DataSource
{
    /// <summary>
    /// Names of the folders under the data folder in which the files may lie, the usual one first; the data folder itself is looked into last. Empty for data that
    /// needs no files.
    /// </summary>
    public virtual IReadOnlyList<string> Folders => [];

    /// <summary>Where the data can be downloaded, or null when it cannot.</summary>
    public virtual DownloadPlan? Download => null;

    /// <summary>Whether <paramref name="folder"/>, which exists, holds the files of this dataset.</summary>
    public virtual bool IsIn(string folder) => true;

    /// <summary>Opens the splits. Files are looked for under <paramref name="dataDir"/>; see <see cref="DataFolder.Root"/> for what null means.</summary>
    /// <exception cref="FrugalException">Something is missing or broken; the message says how to get it.</exception>
    public abstract DataSplits Load(string? dataDir);
}
