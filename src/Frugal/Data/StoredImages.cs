using System.Security.Cryptography;

namespace Frugal.Data;

/// <summary>Images of one size, kept in memory.</summary>
/// <param name="pixels">Images one after the other, <c>[count, height, width, channels]</c>.</param>
/// <param name="labels">Their labels.</param>
/// <param name="info">Size and classes.</param>
internal sealed class StoredImages(byte[] pixels, byte[] labels, ImageInfo info) : ImageDataset
{
    private readonly int length = info.Channels * info.Height * info.Width;

    public override int Count => labels.Length;

    public override ImageInfo Info => info;

    /// <summary>A hash of all pixels and labels.</summary>
    public string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(pixels);
        hash.AppendData(labels);
        return Fingerprint.Short(hash.GetHashAndReset());
    }

    public override int Label(int index) => labels[index];

    public override Image Read(int index) => new(pixels.AsMemory(index * length, length), info.Height, info.Width, info.Channels);
}
