using System.Text;
using Frugal.Data.Text;

namespace Frugal.Tests.Data.Text;

public sealed class LabelledTextTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Write(string name, string content)
    {
        File.WriteAllText(folder.File(name), content);
        return folder.File(name);
    }

    private string Fault(string content, int classes = 2) => Assert.Throws<FrugalException>(() => LabelledTextFile.Read(Write("t.tsv", content), classes)).Message;

    [Theory]
    [InlineData("good film\t1\nbad film\t0\n")]
    [InlineData("sentence\tlabel\r\ngood film \t1\r\nbad film\t0")]
    [InlineData("\uFEFFsentence\tlabel\ngood film\t1\nbad film\t0\n")]
    public void Are_read_with_and_without_a_heading(string content) =>
        Assert.Equal([new("good film", 1), new("bad film", 0)], LabelledTextFile.Read(Write("t.tsv", content)));

    [Fact]
    public void Faults_have_their_line()
    {
        Assert.Contains("t.tsv, line 2: expected a text, a tab and a class, found 1 field", Fault("a\t1\nb\n"));
        Assert.Contains("line 1: expected a text, a tab and a class, found 3 fields", Fault("a\tb\t1\n"));
        Assert.Contains("line 3: the class must be a whole number from 0 to 1, found '2'", Fault("sentence\tlabel\na\t1\nb\t2\n"));
        Assert.Contains("found '-1'", Fault("a\t-1\n"));
        Assert.Contains("line 1: the text is empty", Fault(" \t1\n"));
        Assert.Contains("no texts", Fault("sentence\tlabel\n"));
        Assert.Contains("dev.tsv", Fault("index\tsentence\n0\ta\n"));
        Assert.Equal(4, LabelledTextFile.Read(Write("t.tsv", "a\t4\n"), 5)[0].Label);
    }

    [Fact]
    public void Bytes_that_are_no_utf8_have_their_line()
    {
        File.WriteAllBytes(folder.File("t.tsv"), [.. "a\t1\n"u8, 0xC3, 0x28, .. "\t0\n"u8]);
        Assert.Contains("t.tsv, line 2: not valid UTF-8", Assert.Throws<FrugalException>(() => LabelledTextFile.Read(folder.File("t.tsv"))).Message);
    }

    [Fact]
    public void Folder_of_glue_has_its_dev_set_as_test_set()
    {
        Write("train.tsv", "sentence\tlabel\na\t1\n");
        Write("dev.tsv", "sentence\tlabel\nb\t0\n");
        Write("test.tsv", "index\tsentence\n0\tc\n");
        var glue = LabelledTextFolder.Read(folder.Path);
        Assert.Null(glue.Validation);
        Assert.Equal([new("b", 0)], glue.Test);
        Write("test.tsv", "c\t1\n");
        var whole = LabelledTextFolder.Read(folder.Path);
        Assert.Equal([new("b", 0)], whole.Validation);
        Assert.Equal([new("c", 1)], whole.Test);
        Assert.True(LabelledTextFolder.IsIn(folder.Path));
    }

    [Fact]
    public void Real_set_is_read_whole()
    {
        var sst = LabelledTextFolder.Read(SharedFolder.Require("data", "sst2"));
        Assert.Equal((6920, 872, 1821), (sst.Train.Count, sst.Validation!.Count, sst.Test.Count));
        Assert.Equal(3610, sst.Train.Sum(text => text.Label));
    }

    [Fact]
    public void Plain_text_is_read_with_one_kind_of_line_end()
    {
        Assert.Equal("a\nb\n\nc", PlainText.Read(Write("t.txt", "\uFEFFa\r\nb\n\nc\n")));
        Assert.Contains("no text", Assert.Throws<FrugalException>(() => PlainText.Read(Write("t.txt", " \n"))).Message);
        Assert.Contains("no such file", Assert.Throws<FrugalException>(() => PlainText.Read(folder.File("absent.txt"))).Message);
        File.WriteAllBytes(folder.File("t.txt"), [.. "a\n\n"u8, 0xFF]);
        Assert.Contains("line 3: not valid UTF-8", Assert.Throws<FrugalException>(() => PlainText.Read(folder.File("t.txt"))).Message);
    }

    [Fact]
    public void Lower_case_is_full_and_knows_the_final_sigma()
    {
        Assert.Equal("i\u0307 σας όσα' σ· ß", LowerCasing.Of("\u0130 ΣΑΣ ΌΣΑ' Σ· ß"));
        Assert.Equal("ας. ας', ασ'α", LowerCasing.Of("ΑΣ. ΑΣ', ΑΣ'Α"));
    }
}
