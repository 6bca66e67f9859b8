namespace Frugal.Tests.Interop.Safetensors;

/// <summary>Reads at most <paramref name="most"/> bytes at a time, as sockets and pipes do.</summary>
public sealed class ThrottledStream(byte[] content, int most, bool canSeek) : MemoryStream(content)
{
    public override bool CanSeek => canSeek;

    public override long Length => canSeek ? base.Length : throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, most));

    public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, most)]);
}
