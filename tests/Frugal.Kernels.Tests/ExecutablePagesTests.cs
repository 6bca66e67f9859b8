namespace Frugal.Kernels.Tests;

public class ExecutablePagesTests
{
    private static readonly byte[] Code = [0xC3, 1, 2, 3];

    [Fact]
    public void Pages_are_executable_and_not_writable()
    {
        using var pages = Create();
        Assert.Equal("r-xp", Permissions(pages.Address));
        Assert.Equal("r-xp", Permissions(pages.Address + (nint)pages.Size - 1));
    }

    [Fact]
    public void Pages_are_not_executable_while_they_are_written()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "permissions are read from Linux' list of mappings");
        var size = (nuint)Environment.SystemPageSize;
        var address = UnixPages.Allocate(size);
        Assert.Equal("rw-p", Permissions(address));
        Assert.True(UnixPages.MakeExecutable(address, size));
        Assert.Equal("r-xp", Permissions(address));
        Assert.True(UnixPages.Free(address, size));
    }

    [Fact]
    public unsafe void They_hold_the_code()
    {
        using var pages = Create();
        Assert.Equal(Code, new Span<byte>((void*)pages.Address, Code.Length).ToArray());
        Assert.Equal((nuint)Environment.SystemPageSize, pages.Size);
    }

    [Fact]
    public void Disposing_frees_them()
    {
        // Far more than one page, so that nothing else comes to lie where they lay.
        var pages = ExecutablePages.TryCreate(new byte[64 << 20]);
        Assert.NotNull(pages);
        var address = pages.Address;
        Assert.Equal("r-xp", Permissions(address));
        pages.Dispose();
        Assert.NotEqual("r-xp", Permissions(address));
    }

    [Fact]
    public void No_page_of_code_in_use_is_writable()
    {
        Assert.SkipUnless(Int8Code.IsAvailable, "this processor has no use for assembled code");
        Assert.Equal("r-xp", Permissions(Int8Code.Functions.Address));
    }

    private static ExecutablePages Create()
    {
        var pages = ExecutablePages.TryCreate(Code);
        Assert.SkipWhen(pages is null, "this system lets no program make code");
        return pages!;
    }

    /// <summary>Permissions of the mapping that holds an address, or null where nothing is mapped.</summary>
    private static string? Permissions(nint address)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "permissions are read from Linux' list of mappings");
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var bounds = fields[0].Split('-').Select(bound => Convert.ToUInt64(bound, 16)).ToArray();
            if ((ulong)address >= bounds[0] && (ulong)address < bounds[1])
                return fields[1];
        }
        return null;
    }
}
