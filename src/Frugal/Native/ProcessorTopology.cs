using System.Runtime.InteropServices;

namespace Frugal.Native;

/// <summary>What the operating system says about the processor.</summary>
internal static class ProcessorTopology
{
    private const string CpuInfo = "/proc/cpuinfo", Processors = "/sys/devices/system/cpu";

    /// <summary>The model name, or the architecture where the system gives none.</summary>
    public static string ModelName()
    {
        var name = OperatingSystem.IsLinux() && File.Exists(CpuInfo) ? ModelName(File.ReadLines(CpuInfo))
            : OperatingSystem.IsWindows() ? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")
            : null;
        return name ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    internal static string? ModelName(IEnumerable<string> cpuInfo) => cpuInfo
        .Where(line => line.StartsWith("model name", StringComparison.Ordinal) && line.Contains(':'))
        .Select(line => line[(line.IndexOf(':') + 1)..].Trim())
        .FirstOrDefault(name => name.Length > 0);

    /// <summary>The number of cores: processors that share a core list the same siblings.</summary>
    public static int? PhysicalCores()
    {
        if (!Directory.Exists(Processors))
            return null;
        var cores = Directory.EnumerateDirectories(Processors, "cpu*")
            .Select(folder => Path.Combine(folder, "topology", "thread_siblings_list"))
            .Where(File.Exists)
            .Select(File.ReadAllText)
            .Distinct()
            .Count();
        return cores > 0 ? cores : null;
    }
}
