using Frugal.Data.Files;

namespace Frugal.Data.Text;

/// <summary>A folder of labelled texts as GLUE lays SST-2 out: <c>train.tsv</c>, <c>dev.tsv</c> and, where it is labelled, <c>test.tsv</c>.</summary>
/// <param name="Train">For training.</param>
/// <param name="Validation">For choosing; null where the folder's dev set has to serve as the test set.</param>
/// <param name="Test">For the final figure.</param>
public sealed record LabelledTextFolder(IReadOnlyList<LabelledText> Train, IReadOnlyList<LabelledText>? Validation, IReadOnlyList<LabelledText> Test)
{
    private const string TrainFile = "train.tsv", DevFile = "dev.tsv", TestFile = "test.tsv";

    /// <summary>Whether the folder has the files.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, TrainFile)) && File.Exists(Path.Combine(folder, DevFile));

    /// <summary>Reads the files. GLUE keeps the classes of its test set to itself; the dev set then is the test set, and there is none for choosing.</summary>
    /// <exception cref="FrugalException">A file is missing or not as it should be.</exception>
    public static LabelledTextFolder Read(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var train = LabelledTextFile.Read(Path.Combine(folder, TrainFile));
        var dev = LabelledTextFile.Read(Path.Combine(folder, DevFile));
        string test = Path.Combine(folder, TestFile);
        return File.Exists(test) && IsLabelled(test) ? new(train, dev, LabelledTextFile.Read(test)) : new(train, null, dev);
    }

    private static bool IsLabelled(string path) => !WholeFile.Read(path).AsSpan().StartsWith("index\t"u8);
}
