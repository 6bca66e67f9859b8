namespace Frugal.Cli.Commands.Doctor;

/// <summary>Looks at the folders that the environment names.</summary>
internal static class FolderExamination
{
    public static Finding Cache(string? folder)
    {
        const string subject = "Cache folder";
        if (folder is null)
            return Finding.Warn(subject, "none: this user has no home folder", "set FRUGAL_CACHE to a folder that can be written");
        try
        {
            // The one sure way to know: a file that is removed as soon as it is closed.
            Directory.CreateDirectory(folder);
            using var probe = new FileStream(
                Path.Combine(folder, $".doctor-{Guid.NewGuid():n}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            return Finding.Ok(subject, folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Finding.Warn(subject, $"{folder} cannot be written: {e.Message}", "set FRUGAL_CACHE to a folder that can");
        }
    }

    public static Finding Data(string? folder)
    {
        const string subject = "Data folder";
        if (string.IsNullOrEmpty(folder))
            return Finding.Ok(subject, "FRUGAL_DATA is not set; the generated digits need none");
        return Directory.Exists(folder)
            ? Finding.Ok(subject, folder)
            : Finding.Warn(subject, $"{folder} does not exist", "set FRUGAL_DATA to the folder that holds your datasets, or pass --data-dir");
    }
}
