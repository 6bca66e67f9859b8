using System.Runtime.InteropServices;

namespace Frugal.Kernels.Tests;

/// <summary>
/// Memory between two pages that cannot be touched: a kernel that reads or writes one float too far ends the test process.
/// </summary>
internal sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int NoAccess = 0;
    private const int ReadWrite = 3;
    private const int PrivateAnonymous = 0x22;

    private readonly nint _pages;
    private readonly nint _size;

    public GuardedMemory(int bytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "guard pages are laid with Linux' calls");
        var page = Environment.SystemPageSize;
        var usable = (bytes + page - 1) / page * page;
        _size = usable + 2 * page;
        _pages = Map(0, _size, ReadWrite, PrivateAnonymous, -1, 0);
        Assert.NotEqual(-1, _pages);
        Assert.Equal(0, Protect(_pages, page, NoAccess));
        Assert.Equal(0, Protect(_pages + page + usable, page, NoAccess));
        First = (float*)(_pages + page);
        Count = usable / sizeof(float);
    }

    private float* First { get; }

    private int Count { get; }

    /// <summary>Floats of which the first lies behind a forbidden page.</summary>
    public Span<float> AtStart(int count) => new(First, count);

    /// <summary>Floats of which the last lies before a forbidden page.</summary>
    public Span<float> AtEnd(int count) => new(First + Count - count, count);

    public void Dispose() => Assert.Equal(0, Unmap(_pages, _size));

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nint length);
}
