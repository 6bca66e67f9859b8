namespace Frugal.Tests;

/// <summary>The folder with golden cases and real data that lies beside the checkout on some machines and is absent elsewhere.</summary>
internal static class SharedFolder
{
    /// <summary>Path below the folder; skips the running test where it does not exist.</summary>
    public static string Require(params string[] parts)
    {
        string? root = Find();
        Assert.SkipWhen(root is null, "needs the shared folder with golden cases and data beside the checkout");
        string path = Path.Combine([root!, .. parts]);
        Assert.SkipUnless(Path.Exists(path), $"needs {string.Join('/', parts)} in the shared folder");
        return path;
    }

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder?.Parent is { } parent; folder = parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Frugal.slnx")))
                return Path.Combine(parent.FullName, "shared") is var shared && Directory.Exists(shared) ? shared : null;
        }
        return null;
    }
}
