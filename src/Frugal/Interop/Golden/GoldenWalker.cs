using System.Reflection;
using static TorchSharp.torch;

namespace Frugal.Interop;

/// <summary>
/// Runs the golden cases of a folder <c>SLUG/CASE.safetensors</c>. A case that cannot be read, built or computed is a failed row, never an exception
/// and never a skip.
/// </summary>
public sealed class GoldenWalker
{
    private const string Extension = ".safetensors";
    private readonly Dictionary<string, GoldenCase> methods = new(StringComparer.Ordinal);

    /// <param name="assemblies">Where to look for <see cref="GoldenCase"/> classes; Frugal's own when none is given.</param>
    /// <exception cref="FrugalException">Two classes claim one slug.</exception>
    public GoldenWalker(params Assembly[] assemblies)
    {
        ArgumentNullException.ThrowIfNull(assemblies);
        foreach (var type in (assemblies.Length == 0 ? [typeof(GoldenCase).Assembly] : assemblies).SelectMany(assembly => assembly.GetTypes()))
        {
            if (type.IsAbstract || !type.IsSubclassOf(typeof(GoldenCase)))
                continue;
            var method = (GoldenCase)Activator.CreateInstance(type, nonPublic: true)!;
            if (!methods.TryAdd(method.Slug, method))
                throw new FrugalException($"{type} and {methods[method.Slug].GetType()} both claim the golden cases of '{method.Slug}'; there must be one.");
        }
    }

    /// <summary>The slugs that this build can verify, in order.</summary>
    public IReadOnlyList<string> Slugs => [.. methods.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Runs the cases one by one, in the order of their names.</summary>
    /// <param name="folder">The folder that holds a folder for each slug.</param>
    /// <param name="slugs">Which to run; all when empty. One that has no folder or no case is a failed row.</param>
    /// <param name="builtOnly">Leaves out what this build has nothing for: other methods, and other cases of a method.</param>
    /// <exception cref="FrugalException">The folder does not exist or cannot be listed.</exception>
    public IEnumerable<GoldenResult> Walk(string folder, IReadOnlyCollection<string>? slugs = null, bool builtOnly = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var wanted = slugs is { Count: > 0 } ? [.. slugs.Distinct()] : Folders(folder);
        return wanted.Where(slug => !builtOnly || methods.ContainsKey(slug)).SelectMany(slug => WalkSlug(folder, slug, builtOnly));
    }

    /// <summary>Runs one file. Never throws for what the file holds or the method does.</summary>
    public GoldenResult Verify(string path)
    {
        var slug = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path))) ?? "";
        var name = Path.GetFileNameWithoutExtension(path);
        GoldenResult Row(GoldenVerdict verdict, string message) => new(slug, name, verdict, null, null, null, message);
        try
        {
            using var file = GoldenFile.Open(path);
            if (!methods.TryGetValue(slug, out var method))
                return Row(GoldenVerdict.Unbuildable, $"this build has nothing that verifies '{slug}'");
            if (!method.Has(name))
                return Row(GoldenVerdict.Unbuildable, $"this build has nothing that verifies '{name}' of '{slug}'");
            Native.LibTorch.Load();
            using var scope = NewDisposeScope();
            GoldenOutputs outputs;
            try
            {
                outputs = method.Run(file);
            }
            catch (Exception error) when (error is FrugalException or ArgumentException or NotSupportedException)
            {
                return Row(GoldenVerdict.Unbuildable, error.Message);
            }
            return Judge(slug, name, method, file, outputs);
        }
        catch (FrugalException error)
        {
            return Row(GoldenVerdict.Fail, error.Message);
        }
        catch (Exception error)
        {
            // The walk goes on: one method's fault must not hide the verdicts of the others.
            return Row(GoldenVerdict.Fail, $"{error.GetType().Name}: {error.Message}");
        }
    }

    private static GoldenResult Judge(string slug, string name, GoldenCase method, GoldenFile file, GoldenOutputs outputs)
    {
        if (file.Outputs.Count == 0)
            return new(slug, name, GoldenVerdict.Fail, null, null, null, "the file has no out.* tensors, so there is nothing to compare");
        var comparisons = new List<(string Name, GoldenComparison Result)>();
        var missing = new List<string>();
        foreach (var output in file.Outputs)
        {
            if (!outputs.TryGet(output, out var actual))
            {
                missing.Add(output);
                continue;
            }
            using var expected = file.Out(output);
            comparisons.Add((output, GoldenComparison.Of(actual, expected, method.ToleranceFor(file, output))));
        }
        var faults = comparisons.Where(pair => pair.Result.Fault is not null).Select(pair => $"{pair.Name} {pair.Result.Fault}")
            .Concat(missing.Count > 0 ? [$"not computed: {string.Join(", ", missing)}"] : []).ToArray();
        var worst = comparisons.OrderByDescending(pair => pair.Result.Fault is not null).ThenByDescending(pair => pair.Result.Used).Select(pair => pair.Result).FirstOrDefault();
        return new(slug, name, faults.Length == 0 ? GoldenVerdict.Pass : GoldenVerdict.Fail,
            Largest(comparisons.Select(pair => pair.Result.MaxAbs)), Largest(comparisons.Select(pair => pair.Result.MaxRel)), worst?.Tolerance.Value,
            faults.Length == 0 ? $"{comparisons.Count} {(comparisons.Count == 1 ? "result agrees" : "results agree")}" : string.Join("; ", faults));
    }

    /// <summary>Absent as soon as one of them could not be measured: a maximum over the rest would look better than it is.</summary>
    private static double? Largest(IEnumerable<double?> values) =>
        values.ToArray() is { Length: > 0 } all && all.All(value => value is not null) ? all.Max() : null;

    private IEnumerable<GoldenResult> WalkSlug(string folder, string slug, bool builtOnly)
    {
        if (slug.Length == 0 || slug.AsSpan().IndexOfAny('/', '\\') >= 0 || slug is "." or "..")
            return [new(slug, "", GoldenVerdict.Fail, null, null, null, "a slug is one plain folder name")];
        var path = Path.Combine(folder, slug);
        if (!Directory.Exists(path))
            return [new(slug, "", GoldenVerdict.Fail, null, null, null, $"there is no folder {path}")];
        var files = Directory.GetFiles(path, "*" + Extension).Order(StringComparer.Ordinal).ToArray();
        return files.Length > 0
            ? files.Where(file => !builtOnly || methods[slug].Has(Path.GetFileNameWithoutExtension(file))).Select(Verify)
            : [new(slug, "", GoldenVerdict.Fail, null, null, null, $"{path} holds no *{Extension} files")];
    }

    private static string[] Folders(string folder)
    {
        try
        {
            return [.. Directory.GetDirectories(folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (FileFault.IsFault(error))
        {
            throw new FrugalException($"{folder} could not be listed: {(Directory.Exists(folder) ? error.Message : "there is no such folder; give the folder that holds SLUG/CASE.safetensors")}", error);
        }
    }
}
