using Microsoft.Win32.SafeHandles;

namespace Frugal.Interop;

/// <summary>Bytes at positions: a file, or a stream that stays where it is. Knows its length, so that readers can check before they allocate.</summary>
internal abstract class ByteSource : IDisposable
{
    private const int BufferSize = 1 << 16;

    /// <summary>How many bytes there are.</summary>
    public abstract long Length { get; }

    /// <summary>Reads at most <paramref name="buffer"/>'s length at <paramref name="offset"/>; 0 at the end.</summary>
    protected abstract int ReadSome(long offset, Span<byte> buffer);

    /// <summary>Fills <paramref name="buffer"/> from <paramref name="offset"/>.</summary>
    /// <exception cref="FrugalException">The source became shorter since it was opened, or could not be read.</exception>
    public void Read(long offset, Span<byte> buffer, string name)
    {
        while (!buffer.IsEmpty)
        {
            int count;
            try
            {
                count = ReadSome(offset, buffer);
            }
            catch (Exception error) when (FileFault.IsFault(error))
            {
                throw FileFault.Reading(name, error);
            }
            if (count == 0)
                throw new FrugalException($"{name} became shorter while it was read: expected {buffer.Length} more bytes at {offset}. Was it being written?");
            offset += count;
            buffer = buffer[count..];
        }
    }

    /// <summary>A regular file, opened for positioned reads.</summary>
    /// <exception cref="FrugalException">The file cannot be opened.</exception>
    public static ByteSource OfFile(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, options: FileOptions.RandomAccess);
            return new FileSource(handle);
        }
        catch (NotSupportedException error)
        {
            handle?.Dispose();
            throw new FrugalException($"{path} could not be read: it is a pipe or a device, and reading here needs a regular file.", error);
        }
        catch (Exception error) when (FileFault.IsFault(error))
        {
            throw FileFault.Reading(path, error);
        }
    }

    /// <summary>The rest of a stream. One that cannot seek is read into memory first, up to the limit.</summary>
    /// <exception cref="FrugalException">A stream that cannot seek holds more than the limit, or failed.</exception>
    public static ByteSource OfStream(Stream stream, ReadLimits limits, string name)
    {
        try
        {
            return stream.CanSeek ? new StreamSource(stream, stream.Position) : new StreamSource(Buffer(stream, limits.MaxBufferedBytes, name), 0);
        }
        catch (Exception error) when (FileFault.IsFault(error))
        {
            throw FileFault.Reading(name, error);
        }
    }

    /// <summary>Closes a file; a stream stays open, since it belongs to the caller.</summary>
    public abstract void Dispose();

    private static MemoryStream Buffer(Stream stream, long limit, string name)
    {
        var memory = new MemoryStream();
        var chunk = new byte[BufferSize];
        for (int count; (count = stream.Read(chunk)) > 0;)
        {
            if (memory.Length + count > limit)
                throw new FrugalException($"{name} is longer than {limit} bytes, and the stream cannot seek; save it to a file and open that, or raise {nameof(ReadLimits)}.{nameof(ReadLimits.MaxBufferedBytes)}.");
            memory.Write(chunk, 0, count);
        }
        return memory;
    }

    private sealed class FileSource(SafeFileHandle handle) : ByteSource
    {
        public override long Length { get; } = RandomAccess.GetLength(handle);

        public override void Dispose() => handle.Dispose();

        protected override int ReadSome(long offset, Span<byte> buffer) => RandomAccess.Read(handle, buffer, offset);
    }

    private sealed class StreamSource(Stream stream, long start) : ByteSource
    {
        private readonly Lock turn = new();

        public override long Length { get; } = Math.Max(0, stream.Length - start);

        public override void Dispose()
        {
        }

        protected override int ReadSome(long offset, Span<byte> buffer)
        {
            lock (turn)
            {
                stream.Position = start + offset;
                return stream.Read(buffer);
            }
        }
    }
}
