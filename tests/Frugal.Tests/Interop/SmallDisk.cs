using System.Diagnostics;

namespace Frugal.Tests.Interop;

/// <summary>A file system of its own in memory, small or read-only; needs Linux and the right to mount.</summary>
public sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    /// <summary>Mounts it, or skips the test with the reason why that is not possible here.</summary>
    public static SmallDisk MountOrSkip(string options)
    {
        var path = Directory.CreateTempSubdirectory("frugal-disk-").FullName;
        if (!OperatingSystem.IsLinux() || Call("mount", "-t", "tmpfs", "-o", options, "frugal", path) != 0)
        {
            Directory.Delete(path);
            Assert.Skip("needs Linux and the right to mount a file system");
        }
        return new SmallDisk(path);
    }

    public void Dispose()
    {
        Assert.Equal(0, Call("umount", Path));
        Directory.Delete(Path);
    }

    private static int Call(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}
