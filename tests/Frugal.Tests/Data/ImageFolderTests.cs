using Frugal.Data;
using SkiaSharp;
using TorchSharp;

namespace Frugal.Tests.Data;

public sealed class ImageFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private DataSplits Load(ImageFolder source) => source.Load(folder.Path);

    private string Refused(ImageFolder? source = null) => Assert.Throws<FrugalException>(() => Load(source ?? new())).Message;

    private void WriteBoth(int count = 3)
    {
        TestImages.WriteFolder(folder.Path, "train", count, "cat", "dog");
        TestImages.WriteFolder(folder.Path, "test", 2, "cat", "dog");
    }

    [Fact]
    public void Classes_and_files_come_in_the_order_of_their_names()
    {
        TestImages.WriteFolder(folder.Path, "train", 11, "b", "B", "a");
        TestImages.WriteFolder(folder.Path, "val", 1, "a", "b", "B");
        var splits = Load(new());
        Assert.Equal(["B", "a", "b"], splits.Info.ClassNames);
        Assert.Equal(["train/B/0.jpg", "train/B/1.jpg", "train/B/10.jpg", "train/B/2.jpg"], Enumerable.Range(0, 4).Select(splits.Train.Name));
        Assert.Equal(2, splits.Train.Label(32));
        Assert.Equal("val/B/0.jpg", splits.Test.Name(0));
    }

    [Fact]
    public void Images_reach_the_network_resized_and_cropped()
    {
        WriteBoth();
        var splits = Load(new ImageFolder { Size = 16 });
        Assert.Equal((30, 40), (splits.Train.Images().Read(0).Height, splits.Train.Images().Read(0).Width));
        using var scope = torch.NewDisposeScope();
        var batch = new Loader(splits.Train, 4, new RandomStreams(0)).Epoch(0).First();
        Assert.Equal([4, 3, 16, 16], batch.Inputs.shape);
        // Red grows to the right and green downwards: 16 of 24 columns around the middle of 40, and 16 of 18 rows around the middle of 30.
        Assert.True(batch.Inputs[0, 0, 8, 15].item<float>() > batch.Inputs[0, 0, 8, 0].item<float>());
        Assert.True(batch.Inputs[0, 1, 15, 8].item<float>() > batch.Inputs[0, 1, 0, 8].item<float>());
    }

    [Fact]
    public void Val_is_for_validation_where_there_is_a_test_folder_too()
    {
        WriteBoth();
        Assert.Null(Load(new()).Validation);
        TestImages.WriteFolder(folder.Path, "val", 1, "cat", "dog");
        Assert.Equal(2, Load(new()).Validation!.Count);
    }

    [Fact]
    public void A_validation_share_is_held_out_of_training()
    {
        WriteBoth(10);
        var splits = Load(new() { Validation = 0.2 });
        Assert.Equal((16, 4), (splits.Train.Count, splits.Validation!.Count));
    }

    public enum Fault
    {
        Empty,
        NoImage,
        Cut,
        Bomb,
    }

    [Theory]
    [InlineData(Fault.Empty)]
    [InlineData(Fault.NoImage)]
    [InlineData(Fault.Cut)]
    [InlineData(Fault.Bomb)]
    public void Broken_files_are_skipped_with_a_warning_or_refused(Fault fault)
    {
        WriteBoth();
        string path = folder.File("train/dog/1.jpg");
        File.WriteAllBytes(path, fault switch
        {
            Fault.Empty => [],
            Fault.NoImage => "GIF87 this is not"u8.ToArray(),
            Fault.Cut => File.ReadAllBytes(path)[..400],
            _ => TestImages.PngClaiming(65_535, 65_535),
        });
        var splits = Load(new());
        Assert.Equal(5, splits.Train.Count);
        string warning = Assert.Single(splits.Warnings);
        Assert.Contains(path, warning);
        Assert.Contains(path, Refused(new() { OnBroken = BrokenFiles.Fail }));
    }

    [Fact]
    public void Many_broken_files_are_counted_instead_of_listed()
    {
        WriteBoth(30);
        for (int i = 0; i < 25; i++)
            File.WriteAllText(folder.File($"train/cat/{i}.jpg"), "");
        var warnings = Load(new()).Warnings;
        Assert.Equal(21, warnings.Count);
        Assert.Equal("Skipped: 5 more files.", warnings[^1]);
    }

    [Fact]
    public void A_class_without_images_is_refused()
    {
        WriteBoth();
        Directory.CreateDirectory(folder.File("train/emu"));
        Directory.CreateDirectory(folder.File("test/emu"));
        File.WriteAllText(folder.File("train/emu/readme.txt"), "no image");
        string message = Refused();
        Assert.Contains(folder.File("train/emu"), message);
        Assert.Contains("has no images", message);
        File.WriteAllText(folder.File("train/emu/1.jpg"), "no image either");
        File.WriteAllBytes(folder.File("test/emu/1.png"), TestImages.Encode(SKEncodedImageFormat.Png, 4, 4));
        Assert.Contains("no images that can be decoded", Refused());
    }

    [Fact]
    public void A_split_without_class_folders_is_refused()
    {
        WriteBoth();
        Directory.Delete(folder.File("test"), recursive: true);
        Directory.CreateDirectory(folder.File("test"));
        Assert.Contains("has no class folders", Refused());
    }

    [Fact]
    public void Splits_with_different_classes_are_refused_with_the_difference()
    {
        WriteBoth();
        Directory.Move(folder.File("test/dog"), folder.File("test/cow"));
        string message = Refused();
        Assert.Contains("Only train has dog", message);
        Assert.Contains("Only test has cow", message);
    }

    [Fact]
    public void A_folder_of_another_layout_is_refused_with_the_layout()
    {
        Assert.Contains("train/CLASS", Refused());
        Assert.Contains("does not exist", Assert.Throws<FrugalException>(() => new ImageFolder().Load(folder.File("none"))).Message);
    }

    [Fact]
    public void Damage_in_the_middle_stops_the_run_with_the_file_named()
    {
        WriteBoth();
        byte[] png = TestImages.Encode(SKEncodedImageFormat.Png, 40, 30);
        for (int i = png.Length * 2 / 3; i < png.Length - 16; i++)
            png[i] ^= 0x55;
        File.WriteAllBytes(folder.File("train/cat/a.png"), png);
        var splits = Load(new());
        Assert.Empty(splits.Warnings);
        using var scope = torch.NewDisposeScope();
        var error = Assert.Throws<FrugalException>(() => new Loader(splits.Train, 8, new RandomStreams(0)).Epoch(0).Count());
        Assert.Contains("train/cat/a.png", error.Message);
    }

    [Fact]
    public void The_fingerprint_follows_names_and_content()
    {
        WriteBoth();
        string before = Load(new()).Fingerprint;
        Assert.Equal(before, Load(new()).Fingerprint);
        Assert.NotEqual(before, Load(new() { Size = 100 }).Fingerprint);
        File.Move(folder.File("train/cat/1.jpg"), folder.File("train/cat/9.jpg"));
        string renamed = Load(new()).Fingerprint;
        Assert.NotEqual(before, renamed);
        File.WriteAllBytes(folder.File("train/cat/0.jpg"), TestImages.Encode(SKEncodedImageFormat.Jpeg, 40, 30, 6));
        Assert.NotEqual(renamed, Load(new()).Fingerprint);
    }

    [Fact]
    public void The_real_folder_loads()
    {
        var splits = new ImageFolder().Load(SharedFolder.Require("data", "image-folder"));
        Assert.Equal((240, 80, 4), (splits.Train.Count, splits.Test.Count, splits.Info.NumClasses));
        Assert.Empty(splits.Warnings);
    }
}
