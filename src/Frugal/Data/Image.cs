namespace Frugal.Data;

/// <summary>A picture with 8 bits a channel, rows from top to bottom, channels interleaved: <c>[height, width, channels]</c>.</summary>
/// <param name="Pixels">The bytes; <c>Height * Width * Channels</c> of them.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Channels">1 for grey, 3 for red, green, blue.</param>
public readonly record struct Image(ReadOnlyMemory<byte> Pixels, int Height, int Width, int Channels);
