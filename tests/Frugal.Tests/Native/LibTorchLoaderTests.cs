using System.Runtime.InteropServices;
using System.Text.Json;
using Frugal.Native;

namespace Frugal.Tests.Native;

/// <summary>What goes wrong when native libraries are loaded, and what is said about it.</summary>
[Trait("Reliability", "T59")]
public sealed class LibTorchLoaderTests : IDisposable
{
    private const ushort Arm64 = 183, X64 = 62;
    private readonly TemporaryFolder folder = new();

    public LibTorchLoaderTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "libraries are loaded by file on Linux only");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Of_another_architecture_names_both_and_the_package_to_restore()
    {
        var other = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? X64 : Arm64;
        Write(TinyLibrary.Build([], ["GLIBCXX_3.4"], machine: other));
        var message = Failure();
        Assert.Contains(other == Arm64 ? "built for Arm64" : "built for X64", message);
        Assert.Contains($"runs on {RuntimeInformation.ProcessArchitecture}", message);
        Assert.Contains("-p:LibTorchPackage=libtorch-cpu-", message);
    }

    [Fact]
    public void That_needs_a_version_no_runtime_has_names_it_and_what_to_install()
    {
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "builds a library for x64");
        Write(TinyLibrary.Build([("_ZSt8newThing", "GLIBCXX_99.0")], ["GLIBCXX_99.0"]));
        var message = Failure();
        Assert.Contains("GLIBCXX_99.0", message);
        Assert.Contains("libstdc++", message);
        Assert.Contains("Install a newer one", message);
    }

    [Fact]
    public void That_is_damaged_says_to_restore_it()
    {
        Write("not a library"u8.ToArray());
        var message = Failure();
        Assert.Contains("libc10.so could not be loaded", message);
        Assert.Contains("restore the packages again", message);
    }

    [Fact]
    public void On_a_file_system_without_execution_says_where_to_put_the_cache()
    {
        var failure = new DllNotFoundException("libx.so: failed to map segment from shared object: Operation not permitted");
        Write(TinyLibrary.Patchable());
        Assert.Contains("Set FRUGAL_CACHE", NativeLoadFailure.Explain(folder.File("libc10.so"), failure).Message);
    }

    [Fact]
    public void Without_libtorch_beside_TorchSharp_names_the_absent_file()
    {
        File.WriteAllBytes(folder.File("libLibTorchSharp.so"), TinyLibrary.Patchable());
        Assert.Contains("libtorch_cpu.so is not there", Failure());
    }

    [Fact]
    public async Task Absent_altogether_fails_in_a_fresh_process_with_the_remedy()
    {
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory))
            File.Copy(file, folder.File(Path.GetFileName(file)));
        var doctor = await Doctor(folder.File("Frugal.Cli.dll"), folder.File("cache"));
        Assert.Equal(1, doctor.ExitCode);
        var libtorch = Finding(doctor, "libtorch");
        Assert.Equal("fail", libtorch.GetProperty("verdict").GetString());
        Assert.Contains("is not there", libtorch.GetProperty("remedy").GetString());
        Assert.Contains("dotnet build -p:LibTorchPackage=", libtorch.GetProperty("remedy").GetString());
    }

    [Fact]
    public async Task Several_processes_at_first_start_do_not_collide()
    {
        var cache = folder.File("cache");
        var doctors = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Doctor(ChildProcess.FrugalCli, cache)));
        Assert.All(doctors, doctor => Assert.True(doctor.ExitCode == 0, doctor.Error + doctor.Output));
        Assert.SkipUnless(LibTorch.Load().Path == LibTorchPath.Repointed, "this system's C++ runtime needs no re-pointed copy");
        Assert.All(doctors, doctor => Assert.Contains(cache, Finding(doctor, "libtorch").GetProperty("found").GetString()));
        Assert.Equal(["libLibTorchSharp.so"], Directory.EnumerateFiles(cache, "*", SearchOption.AllDirectories).Select(Path.GetFileName));
    }

    private string Failure() => Assert.Throws<NativeLoadException>(() => new LibTorchLoader([folder.Path], null).Load()).Message;

    private void Write(byte[] library)
    {
        foreach (var name in new[] { "libLibTorchSharp.so", "libc10.so", "libtorch_cpu.so", "libtorch.so" })
            File.WriteAllBytes(folder.File(name), library);
    }

    private static Task<ChildProcess> Doctor(string program, string cache) => ChildProcess.Run(
        ChildProcess.DotNet, [program, "doctor", "--json"],
        environment: new Dictionary<string, string?> { ["FRUGAL_CACHE"] = cache, ["LD_LIBRARY_PATH"] = null });

    private static JsonElement Finding(ChildProcess doctor, string subject)
    {
        using var diagnosis = JsonDocument.Parse(doctor.Output);
        return diagnosis.RootElement.GetProperty("findings").EnumerateArray().Single(finding => finding.GetProperty("subject").GetString() == subject).Clone();
    }
}
