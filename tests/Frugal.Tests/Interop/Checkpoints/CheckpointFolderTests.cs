using System.Security.Cryptography;
using Frugal.Interop;

namespace Frugal.Tests.Interop.Checkpoints;

public class CheckpointFolderTests
{
    private static void WriteState(string folder, string text)
    {
        Directory.CreateDirectory(Path.Combine(folder, "parts"));
        File.WriteAllText(Path.Combine(folder, "state.json"), text);
        File.WriteAllBytes(Path.Combine(folder, "parts", "model.bin"), new byte[1000]);
    }

    private static CheckpointFolder Save(TemporaryFolder root, long step, string? text = null) =>
        CheckpointFolder.Save(root.Path, step, folder => WriteState(folder, text ?? $"state {step}"));

    private static string[] Steps(TemporaryFolder root) => [.. root.Names().Where(name => name != ".lock")];

    private static string Text(CheckpointFolder checkpoint) => File.ReadAllText(checkpoint.File("state.json"));

    public class Saving : CheckpointFolderTests
    {
        [Fact]
        public void Records_every_file_with_size_and_hash()
        {
            using var root = new TemporaryFolder();
            var saved = Save(root, 12);
            Assert.Equal((12, root.File("step-000000000012")), (saved.Step, saved.Path));
            Assert.Equal(["parts/model.bin", "state.json"], saved.Files.Select(file => file.Name));
            Assert.Equal(new CheckpointFile("parts/model.bin", 1000, Convert.ToHexStringLower(SHA256.HashData(new byte[1000]))), saved.Files[0]);
            Assert.Equal("state 12", Text(saved));
        }

        [Fact]
        public void Makes_the_root()
        {
            using var root = new TemporaryFolder();
            CheckpointFolder.Save(root.File("a/b"), 1, folder => WriteState(folder, "x"));
            Assert.Equal(1, CheckpointFolder.LatestComplete(root.File("a/b")).Latest!.Step);
        }

        [Fact]
        public void Keeps_the_last_two()
        {
            using var root = new TemporaryFolder();
            foreach (var step in new[] { 1, 2, 3, 4 })
                Save(root, step);
            Assert.Equal(["step-000000000003", "step-000000000004"], Steps(root));
        }

        [Fact]
        public void Newest_is_the_last_saved_even_after_going_back()
        {
            using var root = new TemporaryFolder();
            foreach (var step in new[] { 10, 20, 5 })
                Save(root, step);
            Assert.Equal(5, CheckpointFolder.LatestComplete(root.Path).Latest!.Step);
            Assert.Equal(["step-000000000005", "step-000000000020"], Steps(root));
        }

        [Fact]
        public void Same_step_is_replaced()
        {
            using var root = new TemporaryFolder();
            Save(root, 7, "first");
            Save(root, 7, "second");
            Assert.Equal("second", Text(CheckpointFolder.LatestComplete(root.Path).Latest!));
            Assert.Equal(["step-000000000007"], Steps(root));
        }

        [Fact]
        public void A_fault_of_ours_passes_through_and_leaves_nothing()
        {
            using var root = new TemporaryFolder();
            Save(root, 1);
            Assert.Throws<InvalidOperationException>(() => CheckpointFolder.Save(root.Path, 2, folder =>
            {
                WriteState(folder, "half");
                throw new InvalidOperationException();
            }));
            Assert.Equal(["step-000000000001"], Steps(root));
        }

        /// <summary>T8 for this writer.</summary>
        [Fact]
        [Trait("Reliability", "T8")]
        public void A_full_disk_at_64_points_leaves_the_older_checkpoint()
        {
            using var root = new TemporaryFolder();
            Save(root, 1);
            for (var point = 0; point < 64; point++)
            {
                var error = Assert.Throws<FrugalException>(() => CheckpointFolder.Save(root.Path, 2, folder =>
                {
                    WriteState(folder, "half");
                    using var file = File.Create(Path.Combine(folder, "optimizer.bin"));
                    new FaultyStream(file, point * 16).Write(new byte[64 * 16]);
                }));
                Assert.Contains(root.File("step-000000000002"), error.Message, StringComparison.Ordinal);
                Assert.Contains("the disk is full", error.Message, StringComparison.Ordinal);
                Assert.Equal(["step-000000000001"], Steps(root));
            }
            Assert.Equal("state 1", Text(CheckpointFolder.LatestComplete(root.Path).Latest!));
        }

        [Fact]
        public void A_disk_of_one_megabyte_keeps_the_older_checkpoint()
        {
            using var disk = SmallDisk.MountOrSkip("size=1m");
            CheckpointFolder.Save(disk.Path, 1, folder => WriteState(folder, "kept"));
            var error = Assert.Throws<FrugalException>(() => CheckpointFolder.Save(disk.Path, 2, folder => File.WriteAllBytes(Path.Combine(folder, "big"), new byte[2 << 20])));
            Assert.Contains("the disk is full", error.Message, StringComparison.Ordinal);
            Assert.Equal("kept", Text(CheckpointFolder.LatestComplete(disk.Path).Latest!));
            Assert.DoesNotContain(Directory.GetDirectories(disk.Path), path => path.Contains(".tmp-", StringComparison.Ordinal));
        }

        [Fact]
        public void A_root_that_cannot_be_is_named()
        {
            using var root = new TemporaryFolder();
            File.WriteAllText(root.File("plain"), "x");
            var error = Assert.Throws<FrugalException>(() => CheckpointFolder.Save(root.File("plain/run"), 1, _ => { }));
            Assert.Contains($"{root.File("plain")} is a file, not a folder", error.Message, StringComparison.Ordinal);
        }
    }

    public class Finding : CheckpointFolderTests
    {
        [Fact]
        public void An_empty_or_missing_root_has_none()
        {
            using var root = new TemporaryFolder();
            Assert.Null(CheckpointFolder.LatestComplete(root.Path).Latest);
            Assert.Null(CheckpointFolder.LatestComplete(root.File("missing")).Latest);
        }

        [Fact]
        public void Damaged_ones_are_passed_over_and_reported()
        {
            using var root = new TemporaryFolder();
            Save(root, 1);
            File.AppendAllText(Save(root, 2).File("state.json"), "!");
            var found = CheckpointFolder.LatestComplete(root.Path);
            Assert.Equal(1, found.Latest!.Step);
            Assert.Contains("state.json has 8 bytes instead of 7", Assert.Single(found.Ignored), StringComparison.Ordinal);
        }

        [Fact]
        public void Leftovers_are_reported_and_removed_by_the_next_save()
        {
            using var root = new TemporaryFolder();
            Save(root, 1);
            Directory.CreateDirectory(root.File("step-000000000002.tmp-0123456789abcdef/parts"));
            var found = CheckpointFolder.LatestComplete(root.Path);
            Assert.Equal(1, found.Latest!.Step);
            Assert.Contains("was never finished", Assert.Single(found.Ignored), StringComparison.Ordinal);
            Save(root, 3);
            Assert.Equal(["step-000000000001", "step-000000000003"], Steps(root));
        }

        [Fact]
        public void A_death_between_the_two_renames_of_a_replacement_loses_nothing()
        {
            using var root = new TemporaryFolder();
            Save(root, 7, "first");
            Directory.Move(root.File("step-000000000007"), root.File("step-000000000007.tmp-0123456789abcdef"));
            Assert.Equal("first", Text(CheckpointFolder.LatestComplete(root.Path).Latest!));
            Save(root, 8);
            Assert.Equal(["step-000000000007", "step-000000000008"], Steps(root));
        }

        [Fact]
        public void Damaged_ones_are_not_counted_as_kept()
        {
            using var root = new TemporaryFolder();
            Save(root, 1);
            File.Delete(Save(root, 2).File("state.json"));
            Save(root, 3);
            Assert.Equal(["step-000000000001", "step-000000000002", "step-000000000003"], Steps(root));
        }

        [Theory]
        [InlineData("../outside")]
        [InlineData("/etc/passwd")]
        public void A_manifest_that_points_elsewhere_is_refused(string name)
        {
            using var root = new TemporaryFolder();
            var folder = Save(root, 1).Path;
            File.WriteAllBytes(Path.Combine(folder, "manifest.json"), new CheckpointManifest(1, 1, [new(name, 1, "")]).ToBytes());
            Assert.Contains("is not accepted as a file name", Assert.Throws<FrugalException>(() => CheckpointFolder.Open(folder)).Message, StringComparison.Ordinal);
        }
    }

    public class Damage : CheckpointFolderTests
    {
        /// <summary>T11.</summary>
        [Fact]
        [Trait("Reliability", "T11")]
        public void One_flipped_bit_in_any_file_of_200_checkpoints_is_found_every_time()
        {
            using var root = new TemporaryFolder();
            var random = new Random(11);
            for (var i = 0; i < 200; i++)
            {
                var path = Save(root, i).Path;
                var files = Directory.GetFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray();
                // Every third flip hits the manifest itself.
                var victim = i % 3 == 0 ? Path.Combine(path, "manifest.json") : files[random.Next(files.Length)];
                var bytes = File.ReadAllBytes(victim);
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                File.WriteAllBytes(victim, bytes);
                Assert.Throws<FrugalException>(() => CheckpointFolder.Open(path));
                Directory.Delete(path, recursive: true);
            }
        }
    }
}
