namespace Frugal.Tests.Interop;

/// <summary>Writes through to another stream until <paramref name="room"/> bytes are used up, then fails as a full disk does.</summary>
public sealed class FaultyStream(Stream inner, long room) : Stream
{
    private const int NoSpaceLeft = 28;
    private long used;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        var fits = (int)Math.Min(buffer.Length, room - used);
        inner.Write(buffer[..fits]);
        used += fits;
        if (fits < buffer.Length)
            throw new IOException("No space left on device", NoSpaceLeft);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => inner.Flush();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => inner.Length;

    public override long Position { get => inner.Position; set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
