using Frugal.Kernels;
using Frugal.Native;

namespace Frugal.Cli.Commands.Doctor;

/// <summary>All that <c>frugal doctor</c> looks at, best known first: machine, libtorch, ONNX Runtime, folders.</summary>
/// <param name="Findings">In the order in which they are shown.</param>
internal sealed record Diagnosis(IReadOnlyList<Finding> Findings)
{
    /// <summary>Whether the command line can do its work here.</summary>
    public bool Usable => Findings.All(finding => finding.Verdict != Verdict.Fail);

    /// <summary>Looks at this machine; loads libtorch and ONNX Runtime, and runs a little arithmetic on the first.</summary>
    public static Diagnosis Make()
    {
        var machine = MachineInfo.Read();
        return new([
            .. Machine(machine),
            .. LibTorchExamination.Examine(machine),
            OnnxRuntimeExamination.Examine(),
            FolderExamination.Cache(UserCache.Folder),
            FolderExamination.Data(Environment.GetEnvironmentVariable("FRUGAL_DATA")),
        ]);
    }

    private static IEnumerable<Finding> Machine(MachineInfo machine)
    {
        var cores = machine.PhysicalCores is { } count ? $"{count} cores, " : "";
        yield return Finding.Ok("Frugal", typeof(Diagnosis).Assembly.GetName().Version!.ToString(3));
        yield return Finding.Ok(".NET", $"{machine.DotNet} on {machine.OperatingSystem}");
        yield return Finding.Ok("Processor", $"{machine.Processor}, {cores}{machine.UsableProcessors} usable processors");
        yield return machine.Simd == SimdLevel.Portable
            ? Finding.Warn("SIMD", "portable, 128-bit vectors", "the kernels are several times faster on a processor with AVX2 or AVX-512")
            : Finding.Ok("SIMD", machine.Simd >= SimdLevel.Avx512 ? "AVX-512" : "AVX2");
        yield return Finding.Ok("Memory", FormattableString.Invariant($"{machine.MemoryBytes / (double)(1L << 30):0.0} GiB"));
    }
}
