namespace Frugal.Native;

/// <summary>A native library could not be loaded, or is not what it should be; the message names the file and the remedy.</summary>
public sealed class NativeLoadException : FrugalException
{
    /// <param name="message">What was wrong, with which file, and what would be right.</param>
    public NativeLoadException(string message) : base(message) { }

    /// <param name="message">What was wrong, with which file, and what would be right.</param>
    /// <param name="inner">The failure underneath.</param>
    public NativeLoadException(string message, Exception? inner) : base(message, inner) { }
}
