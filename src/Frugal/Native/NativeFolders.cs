using System.Runtime.InteropServices;
using TorchSharp;

namespace Frugal.Native;

/// <summary>The folders that may hold the native libraries of TorchSharp and libtorch on Linux.</summary>
internal static class NativeFolders
{
    /// <summary>
    /// Existing folders, best first: those the runtime itself searches, the application's, the assembly's, and the package cache around the assembly
    /// (which is where it lies when a notebook or a script loads it).
    /// </summary>
    public static IReadOnlyList<string> Find()
    {
        var platform = $"linux-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        var native = Path.Combine("runtimes", platform, "native");
        var assembly = Path.GetDirectoryName(typeof(torch).Assembly.Location) ?? "";
        var searched = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator);
        IEnumerable<string> candidates =
        [
            .. searched,
            AppContext.BaseDirectory,
            Path.Combine(AppContext.BaseDirectory, native),
            assembly,
            Path.Combine(assembly, native),
            .. PackagesAround(assembly, native, platform),
        ];
        return [.. candidates.Where(Directory.Exists).Select(Path.GetFullPath).Distinct()];
    }

    /// <summary>The native folders of <c>PACKAGES/torchsharp/VERSION</c> and of every <c>PACKAGES/libtorch-*-PLATFORM/VERSION</c>, the newest first.</summary>
    private static IEnumerable<string> PackagesAround(string assembly, string native, string platform)
    {
        var package = Path.GetFullPath(Path.Combine(assembly, "..", ".."));
        var packages = Path.GetFullPath(Path.Combine(package, "..", ".."));
        if (assembly.Length == 0 || !Path.GetFileName(Path.GetDirectoryName(package) ?? "").Equals("torchsharp", StringComparison.OrdinalIgnoreCase))
            return [];
        var libtorch = Directory.EnumerateDirectories(packages, $"libtorch-*-{platform}")
            .SelectMany(Directory.EnumerateDirectories)
            .OrderByDescending(folder => Version.TryParse(Path.GetFileName(folder), out var version) ? version : new Version(0, 0));
        return [Path.Combine(package, native), .. libtorch.Select(folder => Path.Combine(folder, native))];
    }
}
