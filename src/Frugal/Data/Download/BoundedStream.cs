namespace Frugal.Data.Download;

/// <summary>Reads from a stream up to a number of bytes, and fails beyond: the guard around a decompressor.</summary>
/// <param name="source">The stream.</param>
/// <param name="most">Most bytes that may come.</param>
/// <param name="tooMany">Makes the error.</param>
internal sealed class BoundedStream(Stream source, long most, Func<Exception> tooMany) : Stream
{
    private long left = most;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int count = source.Read(buffer);
        left -= count;
        return left >= 0 ? count : throw tooMany();
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            source.Dispose();
        base.Dispose(disposing);
    }
}
