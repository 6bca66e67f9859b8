using System.Runtime.InteropServices;
using Frugal.Kernels;

namespace Frugal.Native;

/// <summary>The machine and the runtime that a measurement was made on, as reports and <c>frugal doctor</c> print them. Reading it does not load libtorch.</summary>
public sealed record MachineInfo
{
    /// <summary>The processor's model name as the system gives it.</summary>
    public required string Processor { get; init; }

    /// <summary>Cores of the machine, not counting hyper-threads; null where the system does not tell.</summary>
    public required int? PhysicalCores { get; init; }

    /// <summary>Processors that this process may use: affinity and container limits are taken into account.</summary>
    public required int UsableProcessors { get; init; }

    /// <summary>The instruction set that the kernels use.</summary>
    public required SimdLevel Simd { get; init; }

    /// <summary>Memory in bytes that this process may use: a container's limit where there is one.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Graphics processors that the NVIDIA driver offers, by name; empty without a driver. Whether libtorch can use them depends on its build.</summary>
    public required IReadOnlyList<string> Gpus { get; init; }

    /// <summary>Name and version of the operating system.</summary>
    public required string OperatingSystem { get; init; }

    /// <summary>The .NET runtime, for example <c>.NET 10.0.1</c>.</summary>
    public required string DotNet { get; init; }

    /// <summary>The libtorch version; null where <see cref="Native.LibTorch.Load"/> was not called before.</summary>
    public required string? LibTorch { get; init; }

    /// <summary>Reads it from the system.</summary>
    public static MachineInfo Read() => new()
    {
        Processor = ProcessorTopology.ModelName(),
        PhysicalCores = ProcessorTopology.PhysicalCores(),
        UsableProcessors = Environment.ProcessorCount,
        Simd = Kernels.Simd.Level,
        MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        Gpus = NvidiaDevices.Names(),
        OperatingSystem = RuntimeInformation.OSDescription,
        DotNet = RuntimeInformation.FrameworkDescription,
        LibTorch = Native.LibTorch.Loaded?.Version,
    };
}
