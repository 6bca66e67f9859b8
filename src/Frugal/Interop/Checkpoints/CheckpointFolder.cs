using System.Globalization;

namespace Frugal.Interop;

/// <summary>
/// A saved state made of files, in a folder of its own that appears whole or not at all: everything is written under a temporary name,
/// listed in <c>manifest.json</c> with sizes and SHA-256, flushed to the disk and renamed to <c>step-N</c>. It knows nothing of what the files mean.
/// </summary>
public sealed class CheckpointFolder
{
    private const string Prefix = "step-";
    private const int Digits = 12;
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(2);
    private readonly CheckpointManifest manifest;

    private CheckpointFolder(string path, CheckpointManifest manifest)
    {
        Path = path;
        this.manifest = manifest;
    }

    /// <summary>The checkpoint's folder.</summary>
    public string Path { get; }

    /// <summary>The step it was saved at.</summary>
    public long Step => manifest.Step;

    /// <summary>Counts the saves under one root; the highest is the newest.</summary>
    public long Sequence => manifest.Sequence;

    /// <summary>Its files, in the order of their names.</summary>
    public IReadOnlyList<CheckpointFile> Files => manifest.Files;

    /// <summary>The path of one of its files.</summary>
    /// <exception cref="FrugalException">The manifest does not list it.</exception>
    public string File(string name) => Files.Any(file => file.Name == name)
        ? ContainedPath.Resolve(Path, name)
        : throw new FrugalException($"{Path} has no file {Refusal.Quote(name)}; it has {string.Join(", ", Files.Select(file => file.Name))}.");

    /// <summary>
    /// Saves a checkpoint, reads it back, and only then removes older ones. Processes that save under one root take turns.
    /// </summary>
    /// <param name="root">The folder that holds the checkpoints of one run; made if it is missing.</param>
    /// <param name="step">The step, 0 or more. A checkpoint of the same step is replaced once the new one is whole.</param>
    /// <param name="write">Writes the files into the folder it is given. An exception from it leaves everything as it was.</param>
    /// <param name="keep">How many checkpoints to keep, at least 1.</param>
    /// <exception cref="FrugalException">The files cannot be written; the message names the folder and the remedy.</exception>
    public static CheckpointFolder Save(string root, long step, Action<string> write, int keep = 2)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        ArgumentNullException.ThrowIfNull(write);
        Guard.NotNegative(step, nameof(step));
        Guard.AtLeast(keep, 1, nameof(keep));
        var target = System.IO.Path.Combine(System.IO.Path.GetFullPath(root), Prefix + step.ToString($"D{Digits}", CultureInfo.InvariantCulture));
        try
        {
            Directory.CreateDirectory(root);
            using var turn = FolderLock.Take(root, patience);
            CheckpointRoot.RemoveLeftovers(root);
            var sequence = CheckpointRoot.Listed(root).Select(found => found.Sequence).DefaultIfEmpty(0).Max() + 1;
            var temporary = TemporaryName.Beside(target);
            try
            {
                Directory.CreateDirectory(temporary);
                write(temporary);
                var manifest = CheckpointManifest.Describe(temporary, step, sequence);
                AtomicFile.Write(System.IO.Path.Combine(temporary, CheckpointManifest.FileName), stream => stream.Write(manifest.ToBytes()));
                Publish(temporary, target);
            }
            catch
            {
                if (Directory.Exists(temporary))
                    Directory.Delete(temporary, recursive: true);
                throw;
            }
            var saved = Open(target);
            CheckpointRoot.KeepNewest(root, keep);
            return saved;
        }
        catch (Exception error) when (FileFault.IsFault(error))
        {
            throw FileFault.Writing(target, error);
        }
    }

    /// <summary>Opens a checkpoint after reading all its files and comparing them with the manifest.</summary>
    /// <exception cref="FrugalException">It is incomplete or damaged; the message names the file.</exception>
    public static CheckpointFolder Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var manifest = CheckpointManifest.Read(path);
        if (manifest.FindFault(path, readContents: true) is { } fault)
            throw new FrugalException($"the checkpoint {path} cannot be used: {fault}. Resume from an older one.");
        return new CheckpointFolder(path, manifest);
    }

    /// <summary>Finds the newest checkpoint under a root that is whole, and says what else was there. A missing root holds none.</summary>
    /// <exception cref="FrugalException">The root cannot be listed.</exception>
    public static CheckpointSearch LatestComplete(string root) => CheckpointRoot.Search(root);

    /// <summary>Whether a folder's name is a checkpoint's.</summary>
    internal static bool IsName(string path) => System.IO.Path.GetFileName(path).StartsWith(Prefix, StringComparison.Ordinal) && !TemporaryName.Is(path);

    /// <summary>
    /// A folder cannot be renamed over another, so one of the same step steps aside first. If the process dies in between, the older one is found under
    /// its temporary name by <see cref="CheckpointRoot.Search"/>.
    /// </summary>
    private static void Publish(string temporary, string target)
    {
        DiskFlush.Folder(temporary);
        var aside = Directory.Exists(target) ? TemporaryName.Beside(target) : null;
        if (aside is not null)
            Directory.Move(target, aside);
        Directory.Move(temporary, target);
        DiskFlush.Folder(System.IO.Path.GetDirectoryName(target)!);
        if (aside is not null)
            Directory.Delete(aside, recursive: true);
    }
}
