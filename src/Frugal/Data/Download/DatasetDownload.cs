using Frugal.Interop;

namespace Frugal.Data.Download;

/// <summary>Downloads and unpacks all files of a dataset.</summary>
public static class DatasetDownload
{
    /// <summary>Gets what a plan says into the data folder. Files that are there already are not downloaded again.</summary>
    /// <param name="plan">What to get.</param>
    /// <param name="dataDir">The data folder; it is made where it does not exist.</param>
    /// <param name="download">How to download.</param>
    /// <param name="progress">Told of each block and each retry.</param>
    /// <param name="cancellation">Ends the download; what has arrived is kept.</param>
    /// <returns>The folder with the files.</returns>
    /// <exception cref="FrugalException">Something cannot be downloaded, unpacked or written.</exception>
    public static async Task<string> Get(
        DownloadPlan plan, string dataDir, FileDownload download, IProgress<DownloadProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(download);
        string folder = Path.Combine(dataDir, plan.Folder);
        if (plan.Unpack && Path.Exists(folder))
            throw new FrugalException($"{folder} exists already but is not complete; remove it and try again.");
        string receiving = plan.Unpack ? dataDir : folder;
        MakeFolder(receiving);
        foreach (var file in plan.Files)
        {
            string path = Path.Combine(receiving, file.Name);
            await download.Fetch(file, path, progress, cancellation).ConfigureAwait(false);
            if (plan.Unpack)
                Unpack(path, plan.Folder, folder);
        }
        return folder;
    }

    private static void Unpack(string archive, string name, string folder)
    {
        string unpacked = TemporaryName.Beside(folder);
        ArchiveExtraction.Extract(archive, unpacked);
        try
        {
            string inside = Path.Combine(unpacked, name);
            if (!Directory.Exists(inside))
                throw new FrugalException($"The archive {archive} does not hold the folder {name} that it should.");
            Directory.Move(inside, folder);
            File.Delete(archive);
        }
        catch (Exception error) when (FileFault.IsFault(error))
        {
            throw FileFault.Writing(folder, error);
        }
        finally
        {
            Directory.Delete(unpacked, recursive: true);
        }
    }

    private static void MakeFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (FileFault.IsFault(error))
        {
            throw FileFault.Writing(folder, error);
        }
    }
}
