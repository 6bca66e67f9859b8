namespace Frugal.Data.Download;

/// <summary>What to download for a dataset, and where it goes.</summary>
/// <param name="Folder">Folder under the data folder that receives the files.</param>
/// <param name="Files">The files.</param>
/// <param name="Unpack">Whether the files are archives that hold <paramref name="Folder"/> and are unpacked into the data folder.</param>
public sealed record DownloadPlan(string Folder, IReadOnlyList<RemoteFile> Files, bool Unpack)
{
    /// <summary>Bytes to download in all.</summary>
    public long Bytes => Files.Sum(file => file.Bytes);
}
