using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Frugal.Kernels.Tests;

/// <summary>Runs the kernel tests again in processes with instruction sets switched off, as on lesser processors.</summary>
public class InstructionSetTests
{
    private const string Marker = "FRUGAL_INSTRUCTION_SET_OFF";

    private static readonly Type[] KernelTests =
    [
        typeof(PackedDenseTests), typeof(PackedSparseTests), typeof(PackedBlockSparse4Tests), typeof(PackedBlockSparse16Tests), typeof(PackedInt8Tests), typeof(Int8ProductTests), typeof(PackedBinaryTests), typeof(BinaryProductTests), typeof(PackedShift3BitTests),
        typeof(PackedShift4BitTests), typeof(LowBitDecoderTests), typeof(PackedMonarchTests), typeof(PackedMpoTests),
        typeof(PackedLowRankInt8Tests), typeof(PackedLowRankTests), typeof(PackedWeightOnly4Tests), typeof(PackedWeightOnly8Tests), typeof(Packed2Of4Tests), typeof(Packed3Of8Tests), typeof(LayerNormOperatorTests),
        typeof(PackedConvolutionTests), typeof(ActivationTests), typeof(SimdTests),
    ];

    [Theory]
    [InlineData("DOTNET_EnableAVX512", "Avx512F")]
    [InlineData("DOTNET_EnableAVX512v2", "Avx512Vbmi")]
    [InlineData("DOTNET_EnableAVX512v3", "Avx512Vbmi2")]
    [InlineData("DOTNET_EnableAVXVNNI", "AvxVnni")]
    [InlineData("DOTNET_EnableAVX2", "Avx2")]
    [InlineData("DOTNET_EnableHWIntrinsic", "Vector128")]
    public async Task Kernels_are_right_without(string variable, string set)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(Marker) is not null, "this process is itself such a run");
        Assert.SkipUnless(IsOn(set), $"{set} is not there to be switched off");
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, typeof(InstructionSetTests).Assembly.GetName().Name!))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[variable] = "0";
        start.Environment[Marker] = set;
        start.Environment[CaseCount.Variable] = "150";
        foreach (var tests in KernelTests.Append(typeof(InstructionSetOffTests)))
        {
            start.ArgumentList.Add("-class");
            start.ArgumentList.Add(tests.FullName!);
        }
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output + await errors);
        Assert.Contains("Skipped: 0", output);
    }

    internal static bool IsOn(string set) => set switch
    {
        "Avx512F" => Avx512F.IsSupported,
        "Avx512Vbmi" => Avx512Vbmi.IsSupported,
        "Avx512Vbmi2" => Avx512Vbmi2.IsSupported,
        "AvxVnni" => AvxVnni.IsSupported,
        "Avx2" => Avx2.IsSupported,
        "Vector128" => Vector128.IsHardwareAccelerated,
        _ => throw new ArgumentOutOfRangeException(nameof(set), set, "unknown instruction set"),
    };

    /// <summary>In a process that was started with a set switched off: it is really off, for a runtime ignores names that it does not know.</summary>
    public class InstructionSetOffTests
    {
        [Fact]
        public void The_set_is_off()
        {
            var set = Environment.GetEnvironmentVariable(Marker);
            Assert.SkipWhen(set is null, "no set was switched off for this process");
            Assert.False(IsOn(set!));
        }
    }
}
