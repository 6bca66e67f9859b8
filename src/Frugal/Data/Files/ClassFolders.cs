using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Frugal.Interop;

namespace Frugal.Data.Files;

/// <summary>
/// One split of an image folder: a folder for each class with the class's images in it, at any depth. Order is by name, byte by byte, and so the same on every
/// machine.
/// </summary>
internal sealed class ClassFolders
{
    private const int HeadBytes = 4096;
    private readonly string root;

    private ClassFolders(string root, string split, string[] classes, List<(string Name, int Label)> files)
    {
        this.root = root;
        Split = split;
        Classes = classes;
        Files = files;
    }

    /// <summary>Name of the split's folder.</summary>
    public string Split { get; }

    /// <summary>Names of the classes.</summary>
    public string[] Classes { get; }

    /// <summary>Names of the files relative to the dataset's folder, and their labels.</summary>
    public List<(string Name, int Label)> Files { get; private set; }

    /// <summary>Lists a split.</summary>
    /// <exception cref="FrugalException">There are no class folders, or one of them has no images.</exception>
    public static ClassFolders List(string root, string split)
    {
        string folder = Path.Combine(root, split);
        try
        {
            string[] classes = [.. Directory.GetDirectories(folder).Select(path => Path.GetFileName(path)!).Where(IsVisible).Order(StringComparer.Ordinal)];
            if (classes.Length == 0)
                throw new FrugalException($"{folder} has no class folders; images are expected in {split}/CLASS/*.jpg, one folder for each class.");
            var files = new List<(string, int)>();
            for (int label = 0; label < classes.Length; label++)
                files.AddRange(ImagesIn(root, Path.Combine(folder, classes[label])).Select(name => (name, label)));
            var listed = new ClassFolders(root, split, classes, files);
            listed.RequireImages("has no images");
            return listed;
        }
        catch (Exception error) when (FileFault.IsFault(error))
        {
            throw FileFault.Reading(folder, error);
        }
    }

    /// <summary>
    /// Checks every file, and leaves those out that are broken or refuses them. Adds to <paramref name="fingerprint"/> what tells the files apart:
    /// name, length and first 4 KiB of each. Compressed pictures that differ do so there or in length, and the rest of a large folder need
    /// not be read; times of change are left out, since a copy of the data is the same data.
    /// </summary>
    /// <returns>A line for each file that was left out.</returns>
    public IReadOnlyList<string> Check(BrokenFiles onBroken, IncrementalHash fingerprint)
    {
        var faults = new ConcurrentDictionary<int, string>();
        var heads = new byte[Files.Count][];
        Parallel.For(0, Files.Count, index =>
        {
            string name = Files[index].Name;
            try
            {
                heads[index] = Check(name);
            }
            catch (FrugalException error)
            {
                faults[index] = error.Message;
            }
        });
        if (!faults.IsEmpty && onBroken == BrokenFiles.Fail)
            throw new FrugalException($"{faults.MinBy(fault => fault.Key).Value} {Count(faults.Count)} broken; remove or replace what is, or set on-broken to skip.");
        Files = [.. Files.Where((_, index) => !faults.ContainsKey(index))];
        foreach (byte[] head in heads.Where((head, index) => !faults.ContainsKey(index)))
            fingerprint.AppendData(head);
        RequireImages("has no images that can be decoded");
        return [.. faults.OrderBy(fault => fault.Key).Select(fault => $"Skipped: {fault.Value}")];
    }

    private byte[] Check(string name)
    {
        string path = Path.Combine(root, name);
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, HeadBytes);
            var head = new byte[Math.Min(HeadBytes, file.Length)];
            file.ReadExactly(head);
            ImageDecoder.Check(file, path);
            return SHA256.HashData([.. Encoding.UTF8.GetBytes($"{name}\n{file.Length}\n"), .. head]);
        }
        catch (Exception error) when (FileFault.IsFault(error))
        {
            throw FileFault.Reading(path, error);
        }
    }

    private static string Count(int broken) => broken == 1 ? "One file of the split is" : $"{broken} files of the split are";

    private void RequireImages(string problem)
    {
        var labels = Files.Select(file => file.Label).ToHashSet();
        for (int label = 0; label < Classes.Length; label++)
        {
            if (!labels.Contains(label))
                throw new FrugalException(
                    $"The class folder {Path.Combine(root, Split, Classes[label])} {problem} ({string.Join(", ", ImageDecoder.Extensions)}); add some or remove the folder.");
        }
    }

    private static IEnumerable<string> ImagesIn(string root, string folder) => Directory
        .GetFiles(folder, "*", SearchOption.AllDirectories)
        .Where(path => IsVisible(Path.GetFileName(path)) && ImageDecoder.Extensions.Contains(Path.GetExtension(path)))
        .Select(path => Path.GetRelativePath(root, path).Replace('\\', '/'))
        .Order(StringComparer.Ordinal);

    // File managers leave names with a dot in front beside the images.
    private static bool IsVisible(string name) => !name.StartsWith('.');
}
