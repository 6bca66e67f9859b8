using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Frugal.Native;

/// <summary>Turns the loader's words about a library that is there but does not load into what a person can do.</summary>
internal static partial class NativeLoadFailure
{
    public static NativeLoadException Explain(string path, Exception failure)
    {
        if (MachineOf(path) is { } machine && machine != RuntimeInformation.ProcessArchitecture)
        {
            return new(
                $"{path} is built for {machine}, and this process runs on {RuntimeInformation.ProcessArchitecture}. Restore the package for this machine: "
                + $"`dotnet build -p:LibTorchPackage=libtorch-cpu-{RuntimeInformation.RuntimeIdentifier}`.", failure);
        }
        if (MissingVersion().Match(failure.Message) is { Success: true } missing)
        {
            return new(
                $"{path} needs {missing.Groups["version"].Value}, which {missing.Groups["library"].Value} of this system does not have. Install a newer one "
                + "(for GLIBCXX and CXXABI: libstdc++ of GCC 12 or later; for GLIBC: a newer release of the system), or run in a container that has it.", failure);
        }
        if (failure.Message.Contains("failed to map segment", StringComparison.Ordinal))
        {
            return new(
                $"{path} lies on a file system from which nothing may be executed (mounted noexec). "
                + "Set FRUGAL_CACHE to a folder on another one, or move the application there.", failure);
        }
        return new(
            $"{path} could not be loaded: {failure.Message.Trim()} If the file is damaged, delete it and restore the packages again; "
            + "if another library is missing, install it.", failure);
    }

    /// <summary>The processor that an ELF file was built for, where it is one that .NET runs on.</summary>
    private static Architecture? MachineOf(string path)
    {
        Span<byte> header = stackalloc byte[20];
        using var stream = File.OpenRead(path);
        if (stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length || !header[..4].SequenceEqual("\u007fELF"u8))
            return null;
        return BinaryPrimitives.ReadUInt16LittleEndian(header[18..]) switch
        {
            3 => Architecture.X86,
            40 => Architecture.Arm,
            62 => Architecture.X64,
            183 => Architecture.Arm64,
            _ => null,
        };
    }

    [GeneratedRegex(@"(?<library>[^\s:]+): version `(?<version>[^']+)' not found")]
    private static partial Regex MissingVersion();
}
