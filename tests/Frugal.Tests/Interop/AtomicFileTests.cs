using Frugal.Interop;

namespace Frugal.Tests.Interop;

public class AtomicFileTests
{
    private static void Payload(Stream stream)
    {
        for (var i = 0; i < 64; i++)
            stream.Write(new byte[64]);
    }

    public class Writing : AtomicFileTests
    {
        [Fact]
        public void Makes_the_file_and_leaves_nothing_else()
        {
            using var folder = new TemporaryFolder();
            AtomicFile.WriteText(folder.File("a.txt"), "größer");
            Assert.Equal("größer", File.ReadAllText(folder.File("a.txt")));
            Assert.Equal(8, new FileInfo(folder.File("a.txt")).Length);
            Assert.Equal(["a.txt"], folder.Names());
        }

        [Fact]
        public void Replaces_what_was_there()
        {
            using var folder = new TemporaryFolder();
            AtomicFile.WriteText(folder.File("a.txt"), "a long first text");
            AtomicFile.WriteText(folder.File("a.txt"), "short");
            Assert.Equal("short", File.ReadAllText(folder.File("a.txt")));
        }

        [Fact]
        public void Shows_the_old_file_until_the_new_one_is_whole()
        {
            using var folder = new TemporaryFolder();
            AtomicFile.WriteText(folder.File("a.txt"), "old");
            AtomicFile.Write(folder.File("a.txt"), stream =>
            {
                stream.Write("new"u8);
                stream.Flush();
                Assert.Equal("old", File.ReadAllText(folder.File("a.txt")));
            });
            Assert.Equal("new", File.ReadAllText(folder.File("a.txt")));
        }

        [Fact]
        public void Replaces_a_symbolic_link_and_does_not_follow_it()
        {
            using var folder = new TemporaryFolder();
            File.WriteAllText(folder.File("precious.txt"), "precious");
            File.CreateSymbolicLink(folder.File("a.txt"), folder.File("precious.txt"));
            AtomicFile.WriteText(folder.File("a.txt"), "new");
            Assert.Equal("precious", File.ReadAllText(folder.File("precious.txt")));
            Assert.Null(new FileInfo(folder.File("a.txt")).LinkTarget);
        }

        [Fact]
        public void Takes_a_name_of_255_bytes()
        {
            using var folder = new TemporaryFolder();
            var name = new string('ä', 125) + ".json";
            AtomicFile.WriteText(folder.File(name), "x");
            Assert.Equal([name], folder.Names());
        }
    }

    /// <summary>T8: the disk fails at byte k.</summary>
    [Trait("Reliability", "T8")]
    public class A_failure_at_byte : AtomicFileTests
    {
        [Fact]
        public void Leaves_the_previous_file_and_no_temporary_at_64_points()
        {
            using var folder = new TemporaryFolder();
            AtomicFile.WriteText(folder.File("a.bin"), "previous");
            for (var k = 0; k < 64; k++)
            {
                var room = k * 64;
                var error = Assert.Throws<FrugalException>(() =>
                    AtomicFile.Write(folder.File("a.bin"), stream => Payload(new FaultyStream(stream, room))));
                Assert.Contains(folder.File("a.bin"), error.Message, StringComparison.Ordinal);
                Assert.Contains("the disk is full", error.Message, StringComparison.Ordinal);
                Assert.Equal("previous", File.ReadAllText(folder.File("a.bin")));
                Assert.Equal(["a.bin"], folder.Names());
            }
        }

        [Fact]
        public void Passes_on_errors_that_are_not_the_disks()
        {
            using var folder = new TemporaryFolder();
            var error = Assert.Throws<InvalidOperationException>(() =>
                AtomicFile.Write(folder.File("a.bin"), _ => throw new InvalidOperationException("ours")));
            Assert.Equal("ours", error.Message);
            Assert.Empty(folder.Names());
        }
    }

    /// <summary>T9: places that cannot take a file.</summary>
    [Trait("Reliability", "T9")]
    public class A_place_that_cannot_take_it : AtomicFileTests
    {
        private static string Refusal(string path) =>
            Assert.Throws<FrugalException>(() => AtomicFile.Write(path, Payload)).Message;

        [Fact]
        public void Missing_folder()
        {
            using var folder = new TemporaryFolder();
            var message = Refusal(folder.File("missing/a.txt"));
            Assert.Contains($"the folder {folder.File("missing")} does not exist", message, StringComparison.Ordinal);
            Assert.Empty(folder.Names());
        }

        [Fact]
        public void Folder_that_is_a_file()
        {
            using var folder = new TemporaryFolder();
            File.WriteAllText(folder.File("plain"), "x");
            Assert.Contains($"{folder.File("plain")} is a file, not a folder", Refusal(folder.File("plain/a.txt")), StringComparison.Ordinal);
            Assert.Contains($"{folder.File("plain")} is a file, not a folder", Refusal(folder.File("plain/b/a.txt")), StringComparison.Ordinal);
        }

        [Fact]
        public void Path_that_is_a_folder()
        {
            using var folder = new TemporaryFolder();
            Directory.CreateDirectory(folder.File("a"));
            Assert.Contains("it is a folder", Refusal(folder.File("a")), StringComparison.Ordinal);
            Assert.Equal(["a"], folder.Names());
        }

        [Fact]
        public void Name_of_256_bytes()
        {
            using var folder = new TemporaryFolder();
            Assert.Contains("the name is too long", Refusal(folder.File(new string('n', 256))), StringComparison.Ordinal);
            Assert.Empty(folder.Names());
        }

        [Fact]
        public void Device_is_not_replaced()
        {
            if (!OperatingSystem.IsLinux())
                Assert.Skip("devices as files are Linux's");
            Assert.Contains("not a regular file", Refusal("/dev/full"), StringComparison.Ordinal);
        }

        [Fact]
        public void Device_that_is_full()
        {
            if (!File.Exists("/dev/full"))
                Assert.Skip("/dev/full is Linux's");
            using var folder = new TemporaryFolder();
            var error = Assert.Throws<FrugalException>(() => AtomicFile.Write(folder.File("a.txt"), stream =>
            {
                using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write);
                full.Write(new byte[10_000]);
            }));
            Assert.Contains("the disk is full", error.Message, StringComparison.Ordinal);
            Assert.Empty(folder.Names());
        }

        [Fact]
        public void Disk_of_one_megabyte()
        {
            using var disk = SmallDisk.MountOrSkip("size=1m");
            var path = Path.Combine(disk.Path, "a.bin");
            AtomicFile.WriteText(path, "previous");
            var error = Assert.Throws<FrugalException>(() => AtomicFile.Write(path, stream => stream.Write(new byte[2 << 20])));
            Assert.Contains("the disk is full", error.Message, StringComparison.Ordinal);
            Assert.Equal("previous", File.ReadAllText(path));
            Assert.Single(Directory.GetFiles(disk.Path));
        }

        [Fact]
        public void Read_only_disk()
        {
            using var disk = SmallDisk.MountOrSkip("size=1m,ro");
            Assert.Contains("read-only", Refusal(Path.Combine(disk.Path, "a.bin")), StringComparison.Ordinal);
        }

        [Fact]
        public void Folder_where_even_root_may_not_write()
        {
            if (!Directory.Exists("/proc/self"))
                Assert.Skip("/proc is Linux's");
            Assert.Contains("/proc/frugal.txt could not be written", Refusal("/proc/frugal.txt"), StringComparison.Ordinal);
        }
    }
}
