using System.Runtime.InteropServices;

namespace Frugal.Native;

/// <summary>The NVIDIA driver's own list of its devices, through its management library (NVML), which comes with the driver and not with CUDA.</summary>
internal static unsafe class NvidiaDevices
{
    // NVML_DEVICE_NAME_V2_BUFFER_SIZE
    private const int NameLength = 96;

    /// <summary>The devices' names; empty where there is no driver or it does not answer.</summary>
    public static IReadOnlyList<string> Names()
    {
        if (!NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvml" : "libnvidia-ml.so.1", out var library))
            return [];
        if (!NativeLibrary.TryGetExport(library, "nvmlInit_v2", out var start)
            || !NativeLibrary.TryGetExport(library, "nvmlShutdown", out var stop)
            || !NativeLibrary.TryGetExport(library, "nvmlDeviceGetCount_v2", out var count)
            || !NativeLibrary.TryGetExport(library, "nvmlDeviceGetHandleByIndex_v2", out var handle)
            || !NativeLibrary.TryGetExport(library, "nvmlDeviceGetName", out var name)
            || ((delegate* unmanaged<int>)start)() != 0)
            return [];
        try
        {
            return Names((delegate* unmanaged<uint*, int>)count, (delegate* unmanaged<uint, nint*, int>)handle, (delegate* unmanaged<nint, byte*, uint, int>)name);
        }
        finally
        {
            _ = ((delegate* unmanaged<int>)stop)();
        }
    }

    private static List<string> Names(
        delegate* unmanaged<uint*, int> deviceCount, delegate* unmanaged<uint, nint*, int> deviceByIndex, delegate* unmanaged<nint, byte*, uint, int> deviceName)
    {
        var names = new List<string>();
        uint count = 0;
        if (deviceCount(&count) != 0)
            return names;
        var buffer = stackalloc byte[NameLength];
        for (uint i = 0; i < count; i++)
        {
            nint device = 0;
            if (deviceByIndex(i, &device) == 0 && deviceName(device, buffer, NameLength) == 0)
                names.Add(Marshal.PtrToStringUTF8((nint)buffer) ?? "");
        }
        return names;
    }
}
