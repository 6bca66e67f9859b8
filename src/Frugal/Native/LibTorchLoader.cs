using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using TorchSharp;

namespace Frugal.Native;

/// <summary>
/// Loads libtorch and TorchSharp's native library before TorchSharp looks for them. A library that is in the process already is found by its name (its
/// <c>SONAME</c>) whenever another one or the runtime asks for it, wherever its file lies.
/// </summary>
/// <param name="folders">Where to look, best first.</param>
/// <param name="cache">Where a re-pointed copy may be kept.</param>
internal sealed class LibTorchLoader(IReadOnlyList<string> folders, string? cache)
{
    private const string Binding = "libLibTorchSharp.so", Cpu = "libtorch_cpu.so";

    /// <exception cref="NativeLoadException">A library is absent, of another architecture, or needs a newer system.</exception>
    public LoadedLibTorch Load()
    {
        BriefSpinning.TurnOn();
        var (path, files, cpuLibrary, binding) = OperatingSystem.IsLinux() && Find(Binding) is { } file ? LoadFiles(file) : LoadByName();
        var context = new GlobalContext(cpuLibrary);
        // Before anything runs that could start libtorch's worker threads: they inherit the mode.
        var isFlushed = context.FlushToZero();
        context.LeaveOutNnpack();
        ZeroFilledMemory.TurnOn(cpuLibrary);
        KeptMemory.TurnOn();
        HeldScalars.TurnOn(binding);
        torch.InitializeDeviceType(DeviceType.CPU);
        var isRight = OneDnnTrial.Passes();
        // Slower and right by default; what is known to be computed rightly turns it on again (MiscomputedConvolutions).
        if (!isRight)
            context.UseOneDnn(false);
        return new(new(path, files, Version.Parse(torch.__version__).ToString(3), isFlushed, torch.get_num_threads(), isRight), cpuLibrary, context);
    }

    [SupportedOSPlatform("linux")]
    private (LibTorchPath, IReadOnlyList<string>, nint Cpu, nint Binding) LoadFiles(string binding)
    {
        var cpu = Find(Cpu) ?? throw Absent(Cpu);
        // libtorch.so draws in libtorch_cuda.so where the package has one.
        string[] needed = [.. new[] { "libc10.so", Cpu, "libtorch.so" }.Select(name => Path.Combine(Path.GetDirectoryName(cpu)!, name))];
        var handles = needed.Select(LoadFile).ToArray();
        try
        {
            return (LibTorchPath.Plain, [.. needed, binding], handles[1], NativeLibrary.Load(binding));
        }
        catch (DllNotFoundException e) when (e.Message.Contains($"`{ElfVersionPatch.NewerVersion}' not found", StringComparison.Ordinal))
        {
            var copy = new RepointedCopy(cache).Load(binding, path => LoadFile(path));
            return (LibTorchPath.Repointed, [.. needed, copy], handles[1], LoadFile(copy));
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw NativeLoadFailure.Explain(binding, e);
        }
    }

    private static (LibTorchPath, IReadOnlyList<string>, nint Cpu, nint Binding) LoadByName()
    {
        var assembly = typeof(torch).Assembly;
        if (!NativeLibrary.TryLoad("torch_cpu", assembly, null, out var cpuLibrary))
            throw Absent("torch_cpu");
        if (!NativeLibrary.TryLoad("LibTorchSharp", assembly, null, out var binding))
            throw Absent("LibTorchSharp");
        return (OperatingSystem.IsLinux() ? LibTorchPath.System : LibTorchPath.Plain, [], cpuLibrary, binding);
    }

    private static nint LoadFile(string path)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw NativeLoadFailure.Explain(path, e);
        }
    }

    private string? Find(string name) => folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static NativeLoadException Absent(string name) => new(
        $"The native library {name} is not there: no copy beside the application, in the package cache or on the system's search path. "
        + "Restore and build again with the package for this machine, for example "
        + $"`dotnet build -p:LibTorchPackage=libtorch-cpu-{RuntimeInformation.RuntimeIdentifier}`.");
}
