using System.IO.Compression;
using Frugal.Data;
using Frugal.Tests.Data.Files;

namespace Frugal.Tests.Data;

public sealed class MnistTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private void Write(string place, bool compressed = false, int trainLabels = 30, int testSide = 5)
    {
        Directory.CreateDirectory(folder.File(place));
        Write($"{place}/train-images-idx3-ubyte", IdxFileTests.Make([30, 5, 5], [.. Enumerable.Range(0, 750).Select(i => (byte)i)]), compressed);
        Write($"{place}/train-labels-idx1-ubyte", IdxFileTests.Make([trainLabels], [.. Enumerable.Range(0, trainLabels).Select(i => (byte)(i % 10))]), compressed);
        Write($"{place}/t10k-images-idx3-ubyte", IdxFileTests.Make([4, testSide, testSide], new byte[4 * testSide * testSide]), compressed);
        Write($"{place}/t10k-labels-idx1-ubyte", IdxFileTests.Make([4], [9, 8, 7, 6]), compressed);
    }

    private void Write(string name, byte[] content, bool compressed)
    {
        using Stream file = File.Create(folder.File(compressed ? name + ".gz" : name));
        using Stream stream = compressed ? new GZipStream(file, CompressionLevel.Fastest) : file;
        stream.Write(content);
    }

    [Theory]
    [InlineData("mnist", false)]
    [InlineData("MNIST/raw", true)]
    [InlineData(".", true)]
    public void Is_found_in_each_of_its_places(string place, bool compressed)
    {
        Write(place, compressed);
        var splits = new Mnist().Load(folder.Path);
        Assert.Equal((30, 4), (splits.Train.Count, splits.Test.Count));
        Assert.Equal((1, 5, 5, 10), (splits.Info.Images().Channels, splits.Info.Images().Height, splits.Info.Images().Width, splits.Info.NumClasses));
        Assert.Equal(25, splits.Train.Images().Read(1).Pixels.Span[0]);
        Assert.Equal(8, splits.Test.Label(1));
    }

    [Fact]
    public void Fashion_is_a_preset_with_its_own_folder_and_classes()
    {
        Write("fashion-mnist");
        Assert.Contains("mnist", Assert.Throws<FrugalException>(() => new Mnist().Load(folder.Path)).Message);
        Assert.Contains("sneaker", Mnist.Fashion.Load(folder.Path).Info.ClassNames);
    }

    [Fact]
    public void Counts_and_sizes_that_do_not_belong_together_are_refused()
    {
        Write("mnist", trainLabels: 29);
        string message = Assert.Throws<FrugalException>(() => new Mnist().Load(folder.Path)).Message;
        Assert.Contains("30 images", message);
        Assert.Contains("29 labels", message);
        Write("mnist", testSide: 6);
        Assert.Contains("6x6", Assert.Throws<FrugalException>(() => new Mnist().Load(folder.Path)).Message);
    }

    [Fact]
    public void A_label_above_nine_is_refused()
    {
        Write("mnist");
        File.WriteAllBytes(folder.File("mnist/t10k-labels-idx1-ubyte"), IdxFileTests.Make([4], [1, 2, 10, 3]));
        Assert.Contains("example 2 the label 10", Assert.Throws<FrugalException>(() => new Mnist().Load(folder.Path)).Message);
    }

    [Fact]
    public void Absent_files_are_named_with_the_command_that_gets_them() =>
        Assert.Contains("frugal data get fashion-mnist", Assert.Throws<FrugalException>(() => Mnist.Fashion.Load(folder.Path)).Message);
}
