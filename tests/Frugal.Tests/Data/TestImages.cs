using System.Buffers.Binary;
using SkiaSharp;

namespace Frugal.Tests.Data;

/// <summary>Makes image files.</summary>
internal static class TestImages
{
    /// <summary>An encoded picture of smooth colours.</summary>
    public static byte[] Encode(SKEncodedImageFormat format, int width, int height, int seed = 0)
    {
        using var bitmap = new SKBitmap(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
                bitmap.SetPixel(x, y, new SKColor((byte)(x * 255 / width), (byte)(y * 255 / height), (byte)(seed * 40)));
        }
        using var data = bitmap.Encode(format, 95);
        return data.ToArray();
    }

    /// <summary>A small PNG file whose header claims a size.</summary>
    public static byte[] PngClaiming(int width, int height)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        header[9] = 2;
        return [0x89, .. "PNG\r\n\x1a\n"u8, .. Chunk("IHDR"u8, header), .. Chunk("IDAT"u8, [0x78, 0x9c, 3, 0, 0, 0, 0, 1]), .. Chunk("IEND"u8, [])];
    }

    /// <summary>Writes <c>SPLIT/CLASS/N.jpg</c> files below a folder.</summary>
    public static void WriteFolder(string root, string split, int count, params string[] classes)
    {
        foreach (string name in classes)
        {
            Directory.CreateDirectory(Path.Combine(root, split, name));
            for (int i = 0; i < count; i++)
                File.WriteAllBytes(Path.Combine(root, split, name, $"{i}.jpg"), Encode(SKEncodedImageFormat.Jpeg, 40, 30, i));
        }
    }

    private static byte[] Chunk(ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
    {
        var chunk = new byte[12 + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        name.CopyTo(chunk.AsSpan(4));
        content.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + content.Length), Crc(chunk.AsSpan(4, 4 + content.Length)));
        return chunk;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}
