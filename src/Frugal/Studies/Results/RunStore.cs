using System.Text.Json;
using Frugal.Interop;

namespace Frugal.Studies.Results;

/// <summary>
/// The runs of a study on disk. A finished run lies in <c>runs/ARM-seedN-KEY/</c> and is never written again; a run in progress lies in
/// <c>unfinished/KEY/</c>, from where the next start resumes it; what failed is told in <c>failed/</c>, apart from results.
/// </summary>
internal sealed class RunStore : IDisposable
{
    private readonly string root;
    private readonly FileStream ownership;

    /// <summary>Opens the store, alone.</summary>
    /// <exception cref="FrugalException">The folder cannot be written, or another process works in it.</exception>
    public RunStore(string root)
    {
        this.root = root;
        try
        {
            Directory.CreateDirectory(root);
            ownership = new FileStream(
                Path.Combine(root, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new FrugalException($"The results folder '{root}' cannot be written: {fault.Message} Choose another with --out.", fault);
        }
        catch (IOException fault)
        {
            throw new FrugalException(
                $"The results folder '{root}' cannot be used: {fault.Message} If another frugal is running there, wait for it, or choose another folder with --out.", fault);
        }
    }

    /// <summary>A finished run, or null.</summary>
    public RunResult? Find(string key)
    {
        if (FolderOf(key) is not { } folder)
            return null;
        string path = Path.Combine(folder, "result.json");
        try
        {
            return JsonSerializer.Deserialize<RunResult>(File.ReadAllText(path), ResultJson.Options)
                ?? throw new JsonException("the file holds no object");
        }
        catch (JsonException fault)
        {
            throw new FrugalException($"'{path}' is not a result that Frugal wrote: {fault.Message} Move its folder away to run it again.", fault);
        }
    }

    /// <summary>Folder of a finished run, or null.</summary>
    public string? FolderOf(string key)
    {
        string runs = Path.Combine(root, "runs");
        return Directory.Exists(runs)
            ? Directory.EnumerateDirectories(runs, $"*-{key}").FirstOrDefault(folder => File.Exists(Path.Combine(folder, "result.json")))
            : null;
    }

    /// <summary>Folder of a finished run's model, or null.</summary>
    public string? ModelOf(string key) => FolderOf(key) is { } folder ? Path.Combine(folder, "model") : null;

    /// <summary>Folder in which a run may keep what it needs to be resumed; its <c>model</c> folder is kept when it is published.</summary>
    public string WorkFolder(string key) => Directory.CreateDirectory(Path.Combine(root, "unfinished", key)).FullName;

    /// <summary>Makes a run a finished one: what it needed to resume goes, the model and the result stay.</summary>
    public void Publish(string arm, RunResult result)
    {
        string work = WorkFolder(result.Key);
        foreach (string folder in Directory.EnumerateDirectories(work).Where(folder => Path.GetFileName(folder) is not "model"))
            Directory.Delete(folder, recursive: true);
        foreach (string file in Directory.EnumerateFiles(work))
            File.Delete(file);
        AtomicFile.WriteText(Path.Combine(work, "recipe.yaml"), result.Recipe);
        AtomicFile.WriteText(Path.Combine(work, "result.json"), JsonSerializer.Serialize(result, ResultJson.Options));
        string runs = Directory.CreateDirectory(Path.Combine(root, "runs")).FullName;
        Directory.Move(work, Path.Combine(runs, $"{arm}-seed{result.Seed}-{result.Key}"));
    }

    /// <summary>Tells of a run that failed, apart from the results.</summary>
    public void Fail(string arm, long seed, string key, Exception failure)
    {
        string folder = Directory.CreateDirectory(Path.Combine(root, "failed")).FullName;
        AtomicFile.WriteText(Path.Combine(folder, $"{arm}-seed{seed}-{key}.txt"), failure.ToString());
    }

    /// <summary>Lets others in.</summary>
    public void Dispose() => ownership.Dispose();
}
