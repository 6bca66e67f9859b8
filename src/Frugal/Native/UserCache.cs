namespace Frugal.Native;

/// <summary>Where Frugal keeps, for this user, what it can make again at any time.</summary>
public static class UserCache
{
    /// <summary>
    /// The folder named by the environment variable <c>FRUGAL_CACHE</c>; otherwise <c>frugal</c> in <c>XDG_CACHE_HOME</c>, in the system's folder for
    /// local application data on Windows and macOS, or in <c>~/.cache</c>. It need not exist yet. Null where the user has no home folder.
    /// </summary>
    public static string? Folder
    {
        get
        {
            if (Environment.GetEnvironmentVariable("FRUGAL_CACHE") is { Length: > 0 } chosen)
                return Path.GetFullPath(chosen);
            // The XDG base directory specification: a relative path is invalid and to be ignored.
            if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg && Path.IsPathRooted(xdg))
                return Path.Combine(xdg, "frugal");
            if (!OperatingSystem.IsLinux())
                return Under(Environment.SpecialFolder.LocalApplicationData, "frugal");
            return Under(Environment.SpecialFolder.UserProfile, ".cache", "frugal");
        }
    }

    private static string? Under(Environment.SpecialFolder root, params string[] names)
    {
        var folder = Environment.GetFolderPath(root, Environment.SpecialFolderOption.DoNotVerify);
        return folder.Length == 0 ? null : Path.Combine([folder, .. names]);
    }
}
