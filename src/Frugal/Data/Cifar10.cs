using Frugal.Catalogue;
using Frugal.Data.Download;
using Frugal.Data.Files;
using Frugal.Interop;

namespace Frugal.Data;

/// <summary>
/// CIFAR-10 (Krizhevsky 2009): 32x32 colour photographs of ten classes, 50,000 for training and 10,000 for testing, in the official binary layout. Any
/// of the five training files will do.
/// </summary>
[Entry("cifar10")]
public sealed class Cifar10 : DataSource
{
    private const string TestFile = "test_batch.bin";
    private const string NamesFile = "batches.meta.txt";
    private const string Layout = $"data_batch_1.bin to data_batch_5.bin (any of them) and {TestFile}";
    private static readonly string[] trainFiles = [.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin")];
    private static readonly string[] names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    private readonly double validation;

    /// <summary>Share of the training images held out for validation, the same ones every time, at least 0 and below 1. Default 0.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double Validation { get => validation; init => validation = Guard.Fraction(value); }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Folders => ["cifar10", "cifar-10-batches-bin"];

    /// <inheritdoc/>
    public override DownloadPlan Download { get; } = new(
        "cifar-10-batches-bin",
        [new(new("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"), "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd", 170_052_171)],
        Unpack: true);

    /// <inheritdoc/>
    public override bool IsIn(string folder) => File.Exists(Path.Combine(folder, TestFile)) && TrainFiles(folder).Any();

    /// <inheritdoc/>
    public override DataSplits Load(string? dataDir)
    {
        string folder = DataFolder.Require(this, "cifar10", Layout, dataDir);
        // Mean and deviation of the 50,000 official training images.
        var info = new ImageInfo(
            Cifar10File.Channels, Cifar10File.Side, Cifar10File.Side, ClassNames(folder), [0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616]);
        var train = Stored(TrainFiles(folder), info);
        var test = Stored([Path.Combine(folder, TestFile)], info);
        var (remaining, heldOut) = train.HoldOut(Validation);
        return new DataSplits(
            remaining, heldOut, test, Fingerprint.Of("cifar10", Validation, train.Count, train.Hash(), test.Count, test.Hash(), string.Join(',', info.ClassNames)));
    }

    private static IEnumerable<string> TrainFiles(string folder) => trainFiles.Select(name => Path.Combine(folder, name)).Where(File.Exists);

    private static StoredImages Stored(IEnumerable<string> paths, ImageInfo info)
    {
        var files = paths.Select(Cifar10File.Read).ToList();
        return new StoredImages(Join(files.ConvertAll(file => file.Pixels)), Join(files.ConvertAll(file => file.Labels)), info);
    }

    private static byte[] Join(List<byte[]> parts)
    {
        var whole = new byte[parts.Sum(part => part.Length)];
        int end = 0;
        foreach (byte[] part in parts)
        {
            part.CopyTo(whole, end);
            end += part.Length;
        }
        return whole;
    }

    private static string[] ClassNames(string folder)
    {
        string path = Path.Combine(folder, NamesFile);
        if (!File.Exists(path))
            return names;
        string[] lines = [.. System.Text.Encoding.UTF8.GetString(WholeFile.Read(path)).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        return lines.Length == Cifar10File.Classes && lines.Distinct().Count() == lines.Length
            ? lines
            : throw new FrugalException($"{path} must name {Cifar10File.Classes} classes, one a line; it has {lines.Length} names, {lines.Distinct().Count()} of them different.");
    }
}
