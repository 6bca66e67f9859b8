namespace Frugal.Interop;

/// <summary>Makes the folders that files are written into.</summary>
internal static class OutputFolder
{
    /// <summary>Makes a folder, unless it is there.</summary>
    /// <exception cref="FrugalException">It cannot be made.</exception>
    public static void Create(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception error) when (FileFault.IsFault(error))
        {
            throw FileFault.Writing(path, error);
        }
    }
}
