using Frugal.Interop;

namespace Frugal.Graphs.Onnx;

/// <summary>
/// A folder beside the target in which files are written and tried before they take their places. When it is disposed before that, nothing is left.
/// </summary>
internal sealed class StagingFolder : IDisposable
{
    private readonly string folder, target;

    /// <exception cref="FrugalException">The target's folder does not exist or cannot be written.</exception>
    public StagingFolder(string target)
    {
        this.target = target;
        folder = TemporaryName.Beside(target);
        try
        {
            if (!Directory.Exists(Path.GetDirectoryName(target)))
                throw new DirectoryNotFoundException($"there is no folder {Path.GetDirectoryName(target)}");
            if (Directory.Exists(target))
                throw new IOException("it is a folder");
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (FileFault.IsFault(error))
        {
            throw FileFault.Writing(target, error, null);
        }
    }

    public string PathOf(string name) => Path.Combine(folder, name);

    /// <summary>Moves files to the target's folder under their own names, in this order, over what is there; links there are replaced, not followed.</summary>
    /// <exception cref="FrugalException">A file cannot take its place.</exception>
    public void Publish(IEnumerable<string> files)
    {
        var home = Path.GetDirectoryName(target)!;
        try
        {
            foreach (var file in files)
                File.Move(file, Path.Combine(home, Path.GetFileName(file)), overwrite: true);
            DiskFlush.Folder(home);
        }
        catch (Exception error) when (FileFault.IsFault(error))
        {
            throw FileFault.Writing(target, error, null);
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
