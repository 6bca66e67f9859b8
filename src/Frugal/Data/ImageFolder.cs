using System.Security.Cryptography;
using Frugal.Catalogue;
using Frugal.Data.Files;

namespace Frugal.Data;

/// <summary>
/// Photographs in folders: <c>train/CLASS/*.jpg</c>, and <c>test/CLASS</c> or <c>val/CLASS</c> with the same classes; where both are there, <c>val</c> is for
/// validation. JPEG, PNG, WebP, GIF and BMP are decoded. An image that the transforms did not bring to <see cref="Size"/> is resized by its shorter side and cropped in the centre.
/// </summary>
[Entry("image-folder")]
public sealed class ImageFolder : DataSource
{
    private const string Layout = "train/CLASS/*.jpg and test/CLASS/*.jpg";
    private const int WarningsInFull = 20;

    private readonly int size = 224;
    private readonly double cropShare = 0.875;
    private readonly double validation;

    /// <summary>Height and width of the images the network sees, in pixels, 1 to 4,096. Default 224.</summary>
    [Range(1, 4096)]
    public int Size { get => size; init => size = Guard.Between(value, 1, 4096); }

    /// <summary>Share of the shorter side that the centre crop keeps, 0.1 to 1 (timm's <c>crop_pct</c>). Default 0.875.</summary>
    [Range(0.1, 1)]
    public double CropShare { get => cropShare; init => cropShare = Guard.Between(value, 0.1, 1); }

    /// <summary>Share of the training images held out for validation where there are no <c>val</c> and <c>test</c> folders both, at least 0 and below 1. Default 0.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double Validation { get => validation; init => validation = Guard.Fraction(value); }

    /// <summary>
    /// What to do with files that are no images, are cut short, or claim more pixels than are decoded. Default <see cref="BrokenFiles.Skip"/>, with a warning for each. Every
    /// file's header and end are checked when the dataset is opened; damage in the middle of a file stops the run when it is decoded.
    /// </summary>
    public BrokenFiles OnBroken { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Folders => ["image-folder"];

    /// <inheritdoc/>
    public override bool IsIn(string folder) =>
        Directory.Exists(Path.Combine(folder, "train")) && (Has(folder, "test") || Has(folder, "val"));

    /// <inheritdoc/>
    public override DataSplits Load(string? dataDir)
    {
        string root = DataFolder.Require(this, "image-folder", Layout, dataDir);
        var train = ClassFolders.List(root, "train");
        var test = ClassFolders.List(root, Has(root, "test") ? "test" : "val");
        var held = Has(root, "test") && Has(root, "val") ? ClassFolders.List(root, "val") : null;
        RequireSameClasses(root, train, test);
        if (held is not null)
            RequireSameClasses(root, train, held);

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        List<string> warnings = [.. train.Check(OnBroken, hash), .. held?.Check(OnBroken, hash) ?? [], .. test.Check(OnBroken, hash)];
        // Mean and deviation of ImageNet, which published weights expect.
        var info = new ImageInfo(3, Size, Size, train.Classes, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
        var (remaining, heldOut) = held is null ? Images(train).HoldOut(Validation) : (Images(train), Images(held));
        return new DataSplits(
            remaining, heldOut, Images(test), Fingerprint.Of("image-folder", Size, CropShare, held is null ? Validation : -1, Fingerprint.Short(hash.GetHashAndReset())))
        {
            Warnings = Shortened(warnings),
        };

        FolderImages Images(ClassFolders split) => new(root, split.Files, info, CropShare);
    }

    private static bool Has(string root, string split) => Directory.Exists(Path.Combine(root, split));

    private static void RequireSameClasses(string root, ClassFolders train, ClassFolders other)
    {
        if (train.Classes.SequenceEqual(other.Classes))
            return;
        string[] missing = [.. train.Classes.Except(other.Classes)], surplus = [.. other.Classes.Except(train.Classes)];
        throw new FrugalException(
            $"The splits of {root} have different classes." +
            (missing.Length > 0 ? $" Only train has {string.Join(", ", missing.Take(10))}." : "") +
            (surplus.Length > 0 ? $" Only {other.Split} has {string.Join(", ", surplus.Take(10))}." : "") +
            " Every split needs a folder for each class.");
    }

    private static List<string> Shortened(List<string> warnings) => warnings.Count <= WarningsInFull
        ? warnings
        : [.. warnings.Take(WarningsInFull), $"Skipped: {warnings.Count - WarningsInFull} more files."];
}
