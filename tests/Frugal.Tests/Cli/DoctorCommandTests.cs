using Frugal.Cli.Commands;
using Frugal.Cli.Commands.Doctor;
using Spectre.Console.Testing;

namespace Frugal.Tests.Cli;

public class DoctorCommandTests
{
    [Fact]
    public void A_healthy_machine_is_a_line_a_finding() => Prints(
        """
        ok  SIMD  AVX2
        ok  GPU   none
        Everything is as it should be.
        """,
        Finding.Ok("SIMD", "AVX2"), Finding.Ok("GPU", "none"));

    [Fact]
    public void A_remedy_stands_below_its_finding() => Prints(
        """
        ok    SIMD         AVX2
        warn  Data folder  [/nope] does not exist
                           → set FRUGAL_DATA
        Frugal works here; 1 of these could be better.
        """,
        Finding.Ok("SIMD", "AVX2"), Finding.Warn("Data folder", "[/nope] does not exist", "set FRUGAL_DATA"));

    [Fact]
    public void What_makes_Frugal_unusable_is_said_at_the_end() => Prints(
        """
        FAIL  libtorch  does not load
                        → install it
        warn  GPU       not usable
                        → use another build
        Frugal cannot work here until what is marked FAIL is mended.
        """,
        new Finding("libtorch", Verdict.Fail, "does not load", "install it"), Finding.Warn("GPU", "not usable", "use another build"));

    [Fact]
    public void Only_a_failure_makes_it_unusable()
    {
        Assert.True(new Diagnosis([Finding.Ok("a", ""), Finding.Warn("b", "", "")]).Usable);
        Assert.False(new Diagnosis([Finding.Ok("a", ""), new("b", Verdict.Fail, "")]).Usable);
    }

    [Fact]
    public void This_machine_is_examined_in_full()
    {
        var diagnosis = Diagnosis.Make();
        Assert.True(diagnosis.Usable);
        Assert.Equal(
            ["Frugal", ".NET", "Processor", "SIMD", "Memory", "libtorch", "Threads", "Flush to zero", "Convolutions", "GPU", "ONNX Runtime", "Cache folder", "Data folder"],
            diagnosis.Findings.Select(finding => finding.Subject));
        Assert.All(diagnosis.Findings, finding => Assert.Equal(finding.Verdict == Verdict.Ok, finding.Remedy is null));
    }

    [Fact]
    public void Folders_are_judged_by_whether_they_can_be_used()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(Verdict.Ok, FolderExamination.Cache(folder.File("cache")).Verdict);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.File("cache")));
        File.WriteAllText(folder.File("file"), "");
        Assert.Equal(Verdict.Warn, FolderExamination.Cache(folder.File("file")).Verdict);
        Assert.Equal(Verdict.Warn, FolderExamination.Cache(null).Verdict);
        Assert.Equal(Verdict.Ok, FolderExamination.Data(folder.Path).Verdict);
        Assert.Equal(Verdict.Ok, FolderExamination.Data(null).Verdict);
        Assert.Equal(Verdict.Warn, FolderExamination.Data(folder.File("absent")).Verdict);
    }

    private static void Prints(string expected, params Finding[] findings)
    {
        using var console = new TestConsole();
        DoctorCommand.Print(new Diagnosis(findings), console);
        Assert.Equal(expected.ReplaceLineEndings("\n"), string.Join('\n', console.Lines.Select(line => line.TrimEnd())));
    }
}
