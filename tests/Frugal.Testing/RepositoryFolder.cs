using System.Runtime.CompilerServices;

namespace Frugal.Testing;

/// <summary>The folder of the checkout that the tests were built from.</summary>
public static class RepositoryFolder
{
    public static string Path { get; } = Find();

    private static string Find([CallerFilePath] string caller = "")
    {
        var folder = new DirectoryInfo(System.IO.Path.GetDirectoryName(caller)!);
        while (!File.Exists(System.IO.Path.Combine(folder.FullName, "Frugal.slnx")))
            folder = folder.Parent!;
        return folder.FullName;
    }
}
