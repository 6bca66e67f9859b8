namespace Frugal.Interop;

/// <summary>Turns what the operating system says about a file into what a person can do about it. The one place that knows error numbers.</summary>
public static class FileFault
{
    // .NET keeps the raw errno in HResult on Unix, and 0x8007xxxx on Windows.
    private static readonly int[] DiskFull = [28, 122, 69, unchecked((int)0x80070070), unchecked((int)0x80070027)];
    private static readonly int[] ReadOnlySystem = [30, unchecked((int)0x80070013)];
    private static readonly int[] NameTooLong = [36, 63, unchecked((int)0x800700CE), unchecked((int)0x8007007B)];

    /// <summary>Whether <paramref name="error"/> speaks of the file system, as opposed to a fault in the code that was writing or reading.</summary>
    public static bool IsFault(Exception error) => error is IOException or UnauthorizedAccessException;

    /// <summary>The error for a file or folder that could not be written.</summary>
    /// <param name="path">The path as the caller gave it.</param>
    /// <param name="cause">What the operating system said.</param>
    /// <param name="leftover">A temporary file that could not be removed either.</param>
    public static FrugalException Writing(string path, Exception cause, string? leftover = null)
    {
        ArgumentNullException.ThrowIfNull(cause);
        var tail = leftover is null ? "" : $" The temporary file {leftover} could not be removed; delete it by hand.";
        return new FrugalException($"{path} could not be written: {ReasonNotWritten(Path.GetFullPath(path), cause)}{tail}", cause);
    }

    /// <summary>The error for a file or folder that could not be read.</summary>
    /// <param name="path">The path as the caller gave it.</param>
    /// <param name="cause">What the operating system said.</param>
    public static FrugalException Reading(string path, Exception cause)
    {
        ArgumentNullException.ThrowIfNull(cause);
        return new FrugalException($"{path} could not be read: {ReasonNotRead(Path.GetFullPath(path), cause)}", cause);
    }

    private static string ReasonNotWritten(string path, Exception cause)
    {
        if (cause is PathTooLongException || NameTooLong.Contains(cause.HResult))
            return "the name is too long for this file system (most allow 255 bytes for a name); choose a shorter one.";
        if (Directory.Exists(path))
            return "it is a folder; give the name of a file inside it.";
        if (DiskFull.Contains(cause.HResult))
            return "the disk is full; free some space or choose another folder. A file that was there before is unchanged.";
        if (ReadOnlySystem.Contains(cause.HResult))
            return "the file system is read-only; choose another folder.";
        if (MissingFolder(path) is { } reason)
            return reason;
        if (cause is UnauthorizedAccessException)
            return $"permission denied in {Path.GetDirectoryName(path)}; change its permissions or choose another folder.";
        return $"{cause.Message.TrimEnd('.')}. A file that was there before is unchanged.";
    }

    private static string ReasonNotRead(string path, Exception cause)
    {
        if (cause is PathTooLongException || NameTooLong.Contains(cause.HResult))
            return "the name is too long for this file system (most allow 255 bytes for a name).";
        if (Directory.Exists(path))
            return "it is a folder, not a file.";
        if (MissingFolder(path) is { } reason)
            return reason;
        if (cause is FileNotFoundException)
            return $"there is no such file in {Path.GetDirectoryName(path)}; check the name.";
        if (cause is UnauthorizedAccessException)
            return "permission denied; change its permissions or run as a user who may read it.";
        return $"{cause.Message.TrimEnd('.')}.";
    }

    private static string? MissingFolder(string path)
    {
        var folder = Path.GetDirectoryName(path);
        if (folder is null || Directory.Exists(folder))
            return null;
        for (var ancestor = folder; ancestor is not null; ancestor = Path.GetDirectoryName(ancestor))
            if (File.Exists(ancestor))
                return $"{ancestor} is a file, not a folder; choose a path under a folder.";
        return $"the folder {folder} does not exist; create it first or check the path.";
    }
}
