using Frugal.Data;
using Frugal.Tests.Data.Files;

namespace Frugal.Tests.Data;

public sealed class Cifar10Tests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private void Write(string place, params int[] trainFiles)
    {
        Directory.CreateDirectory(folder.File(place));
        foreach (int number in trainFiles)
            File.WriteAllBytes(folder.File($"{place}/data_batch_{number}.bin"), Cifar10FileTests.Make(40));
        File.WriteAllBytes(folder.File($"{place}/test_batch.bin"), Cifar10FileTests.Make(10));
    }

    [Theory]
    [InlineData("cifar10")]
    [InlineData("cifar-10-batches-bin")]
    [InlineData(".")]
    public void Is_found_in_each_of_its_places_with_any_training_files(string place)
    {
        Write(place, 2, 5);
        var splits = new Cifar10().Load(folder.Path);
        Assert.Equal(80, splits.Train.Count);
        Assert.Equal(10, splits.Test.Count);
        Assert.Null(splits.Validation);
        Assert.Equal("airplane", splits.Info.ClassNames[0]);
        Assert.Equal(3, splits.Train.Label(43));
        Assert.Equal((32, 32, 3), (splits.Train.Images().Read(79).Height, splits.Train.Images().Read(79).Width, splits.Train.Images().Read(79).Channels));
    }

    [Fact]
    [Trait("Reliability", "T25")]
    public void Absent_files_are_named_with_the_command_that_gets_them()
    {
        string message = Assert.Throws<FrugalException>(() => new Cifar10().Load(folder.Path)).Message;
        Assert.Contains("frugal data get cifar10", message);
        Assert.Contains("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz", message);
        Assert.Contains(folder.Path, message);
    }

    [Fact]
    public void An_absent_data_folder_is_named()
    {
        string message = Assert.Throws<FrugalException>(() => new Cifar10().Load(folder.File("nowhere"))).Message;
        Assert.Contains("nowhere does not exist", message);
        Assert.Contains("frugal data get cifar10", message);
    }

    [Fact]
    public void Class_names_come_from_the_file_beside_the_data()
    {
        Write("cifar10", 1);
        File.WriteAllText(folder.File("cifar10/batches.meta.txt"), "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n");
        Assert.Equal("c", new Cifar10().Load(folder.Path).Info.ClassNames[2]);
        File.WriteAllText(folder.File("cifar10/batches.meta.txt"), "a\nb\n");
        Assert.Contains("10 classes", Assert.Throws<FrugalException>(() => new Cifar10().Load(folder.Path)).Message);
    }

    [Fact]
    public void Validation_holds_out_its_share_of_every_class()
    {
        Write("cifar10", 1, 2);
        var splits = new Cifar10 { Validation = 0.25 }.Load(folder.Path);
        Assert.Equal(60, splits.Train.Count);
        Assert.Equal(20, splits.Validation!.Count);
        Assert.All(Enumerable.Range(0, 20).Select(splits.Validation.Label).CountBy(label => label), pair => Assert.Equal(2, pair.Value));
    }

    [Fact]
    public void The_fingerprint_follows_content_and_options()
    {
        Write("cifar10", 1);
        string before = new Cifar10().Load(folder.Path).Fingerprint;
        Assert.Equal(before, new Cifar10().Load(folder.Path).Fingerprint);
        Assert.NotEqual(before, new Cifar10 { Validation = 0.5 }.Load(folder.Path).Fingerprint);
        byte[] changed = Cifar10FileTests.Make(10);
        changed[5000]++;
        File.WriteAllBytes(folder.File("cifar10/test_batch.bin"), changed);
        Assert.NotEqual(before, new Cifar10().Load(folder.Path).Fingerprint);
    }

    [Fact]
    public void The_real_files_load()
    {
        var splits = new Cifar10().Load(SharedFolder.Require("data"));
        Assert.Equal(20_000, splits.Train.Count);
        Assert.Equal(5_000, splits.Test.Count);
        Assert.All(Enumerable.Range(0, 20_000).Select(splits.Train.Label).CountBy(label => label), pair => Assert.Equal(2_000, pair.Value));
    }
}
