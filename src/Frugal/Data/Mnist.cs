using Frugal.Catalogue;
using Frugal.Data.Download;
using Frugal.Data.Files;

namespace Frugal.Data;

/// <summary>MNIST and what is published in its files: 28x28 grey images of ten classes, 60,000 for training and 10,000 for testing, as IDX files, compressed or not.</summary>
[Entry("mnist")]
public sealed class Mnist : DataSource
{
    private const int Classes = 10;
    private const string Layout = "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each with .gz or without";
    private static readonly string[] fileNames = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];

    private readonly double validation;

    /// <summary>Which of the datasets. Default <see cref="MnistVariant.Digits"/>.</summary>
    public MnistVariant Variant { get; init; }

    /// <summary>Share of the training images held out for validation, the same ones every time, at least 0 and below 1. Default 0.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double Validation { get => validation; init => validation = Guard.Fraction(value); }

    /// <summary>Articles of clothing in place of digits.</summary>
    [Preset("fashion-mnist")]
    public static Mnist Fashion => new() { Variant = MnistVariant.Fashion };

    /// <inheritdoc/>
    public override IReadOnlyList<string> Folders => Variant == MnistVariant.Fashion ? ["fashion-mnist", "FashionMNIST/raw"] : ["mnist", "MNIST/raw"];

    /// <inheritdoc/>
    public override DownloadPlan Download => Variant == MnistVariant.Fashion ? fashionFiles : digitFiles;

    // Lengths and sums as published with the data, and as many projects pin them.
    private static readonly DownloadPlan digitFiles = new("mnist", Files("https://ossci-datasets.s3.amazonaws.com/mnist/",
    [
        ("440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609", 9_912_422),
        ("3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c", 28_881),
        ("8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6", 1_648_877),
        ("f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6", 4_542),
    ]), Unpack: false);

    private static readonly DownloadPlan fashionFiles = new("fashion-mnist", Files("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    [
        ("3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84", 26_421_880),
        ("a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845", 29_515),
        ("346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073", 4_422_102),
        ("67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5", 5_148),
    ]), Unpack: false);

    private string Name => Variant == MnistVariant.Fashion ? "fashion-mnist" : "mnist";

    /// <inheritdoc/>
    public override bool IsIn(string folder) => fileNames.All(name => PathOf(folder, name) is not null);

    /// <inheritdoc/>
    public override DataSplits Load(string? dataDir)
    {
        string folder = DataFolder.Require(this, Name, Layout, dataDir);
        string[] paths = [.. fileNames.Select(name => PathOf(folder, name)!)];
        var train = Stored(paths[0], paths[1]);
        var test = Stored(paths[2], paths[3]);
        if ((train.Info.Height, train.Info.Width) != (test.Info.Height, test.Info.Width))
            throw new FrugalException(
                $"{paths[0]} has images of {train.Info.Height}x{train.Info.Width}, {paths[2]} of {test.Info.Height}x{test.Info.Width}; they do not belong together.");
        var (remaining, heldOut) = train.HoldOut(Validation);
        return new DataSplits(remaining, heldOut, test, Fingerprint.Of(Name, Validation, train.Count, train.Hash(), test.Count, test.Hash()));
    }

    private StoredImages Stored(string imagesPath, string labelsPath)
    {
        var images = IdxFile.Read(imagesPath, rank: 3);
        var labels = IdxFile.Read(labelsPath, rank: 1);
        if (images.Shape[0] != labels.Shape[0])
            throw new FrugalException($"{imagesPath} has {images.Shape[0]} images, {labelsPath} {labels.Shape[0]} labels; they do not belong together.");
        int wrong = labels.Bytes.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)(Classes - 1));
        if (wrong >= 0)
            throw new FrugalException($"{labelsPath} gives example {wrong} the label {labels.Bytes[wrong]}; labels go from 0 to {Classes - 1}.");
        return new StoredImages(images.Bytes, labels.Bytes, InfoOf(images.Shape[1], images.Shape[2]));
    }

    // Mean and deviation of the 60,000 training images.
    private ImageInfo InfoOf(int height, int width) => Variant == MnistVariant.Fashion
        ? new(1, height, width, ["t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"], [0.2860], [0.3530])
        : new(1, height, width, [.. Enumerable.Range(0, Classes).Select(digit => digit.ToString())], [0.1307], [0.3081]);

    // Some copies have a dot in place of the dash before "idx".
    private static string? PathOf(string folder, string name) =>
        new[] { name, name + ".gz", name.Replace("-idx", ".idx"), name.Replace("-idx", ".idx") + ".gz" }
            .Select(candidate => Path.Combine(folder, candidate)).FirstOrDefault(File.Exists);

    private static RemoteFile[] Files(string address, ReadOnlySpan<(string Sha256, long Bytes)> sums)
    {
        var files = new RemoteFile[sums.Length];
        for (int i = 0; i < files.Length; i++)
            files[i] = new(new Uri($"{address}{fileNames[i]}.gz"), sums[i].Sha256, sums[i].Bytes);
        return files;
    }
}
