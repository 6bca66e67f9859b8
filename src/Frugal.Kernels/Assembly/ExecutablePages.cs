using Microsoft.Win32.SafeHandles;

namespace Frugal.Kernels;

/// <summary>
/// Memory that holds machine code. Pages are mapped, written while they may only be read and written, and then made readable and
/// executable: at no time are they both writable and executable.
/// </summary>
internal sealed unsafe class ExecutablePages : SafeHandleZeroOrMinusOneIsInvalid
{
    private readonly nuint _size;

    private ExecutablePages(nint address, nuint size) : base(ownsHandle: true)
    {
        SetHandle(address);
        _size = size;
    }

    /// <summary>The first byte of the code.</summary>
    public nint Address => handle;

    /// <summary>Bytes of the pages.</summary>
    public nuint Size => _size;

    /// <summary>Pages with a copy of some code, or null where the system forbids programs to make code (hardened Linux, some containers).</summary>
    public static ExecutablePages? TryCreate(ReadOnlySpan<byte> code)
    {
        var page = (nuint)Environment.SystemPageSize;
        var size = ((nuint)code.Length + page - 1) / page * page;
        var address = OperatingSystem.IsWindows() ? WindowsPages.Allocate(size) : UnixPages.Allocate(size);
        if (address is 0 or -1)
            return null;
        var pages = new ExecutablePages(address, size);
        code.CopyTo(new Span<byte>((void*)address, code.Length));
        if (OperatingSystem.IsWindows() ? WindowsPages.MakeExecutable(address, size) : UnixPages.MakeExecutable(address, size))
            return pages;
        pages.Dispose();
        return null;
    }

    protected override bool ReleaseHandle() => OperatingSystem.IsWindows() ? WindowsPages.Free(handle) : UnixPages.Free(handle, _size);
}
