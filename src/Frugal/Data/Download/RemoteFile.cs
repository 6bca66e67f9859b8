namespace Frugal.Data.Download;

/// <summary>A file at an official address, and what it must be.</summary>
/// <param name="Address">Where it is published.</param>
/// <param name="Sha256">Its SHA-256 in hexadecimal digits.</param>
/// <param name="Bytes">Its length.</param>
public sealed record RemoteFile(Uri Address, string Sha256, long Bytes)
{
    /// <summary>The file's name, from its address.</summary>
    public string Name => Path.GetFileName(Address.AbsolutePath);
}
