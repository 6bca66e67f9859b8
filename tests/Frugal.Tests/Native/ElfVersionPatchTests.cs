using System.Runtime.InteropServices;
using CsCheck;
using Frugal.Native;

namespace Frugal.Tests.Native;

public class ElfVersionPatchTests
{
    private const string Newer = ElfVersionPatch.NewerVersion, Symbol = ElfVersionPatch.NewerSymbol, StandIn = ElfVersionPatch.StandIn;

    [Fact]
    public void Gives_the_library_that_was_built_without_the_newer_version()
    {
        // The same library with the oldest version listed twice and the symbol unversioned; only its name table is left as it was.
        var patched = ElfVersionPatch.Apply(TinyLibrary.Patchable());
        var changed = Enumerable.Range(0, patched.Length).Count(i => patched[i] != TinyLibrary.Patchable()[i]);
        Assert.InRange(changed, 4, 4 + 4 + 4 + 2);
        Assert.Equal(2, Occurrences(patched, TinyLibrary.ElfHash("GLIBCXX_3.4")));
        Assert.Equal(0, Occurrences(patched, TinyLibrary.ElfHash(Newer)));
        Assert.Equal(1, Occurrences(patched, TinyLibrary.ElfHash("GLIBCXX_3.4.20")));
    }

    [Fact]
    public void Leaves_nothing_to_do_a_second_time()
    {
        var patched = ElfVersionPatch.Apply(TinyLibrary.Patchable());
        Assert.Contains("nothing to re-point", Assert.Throws<NativeLoadException>(() => ElfVersionPatch.Apply(patched)).Message);
    }

    [Fact]
    public void The_patched_library_loads_where_the_original_does_not()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64, "builds a library for Linux on x64");
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("original.so"), TinyLibrary.Patchable());
        File.WriteAllBytes(folder.File("patched.so"), ElfVersionPatch.Apply(TinyLibrary.Patchable()));
        var originalLoads = NativeLibrary.TryLoad(folder.File("original.so"), out _);
        NativeLibrary.Free(NativeLibrary.Load(folder.File("patched.so")));
        Assert.SkipWhen(originalLoads, "this system's C++ runtime has the newer version");
    }

    [Fact]
    public void Refuses_a_library_that_needs_the_newer_version_for_another_symbol()
    {
        var library = TinyLibrary.Build([(Symbol, Newer), ("_ZSt8newThing", Newer), (StandIn, null)], [Newer, "GLIBCXX_3.4"]);
        var error = Assert.Throws<NativeLoadException>(() => ElfVersionPatch.Apply(library));
        Assert.Contains("_ZSt8newThing", error.Message);
        Assert.Contains("Install a newer libstdc++", error.Message);
    }

    [Fact]
    public void Refuses_a_library_without_an_older_version() =>
        Refuses(TinyLibrary.Build([(Symbol, Newer), (StandIn, null)], [Newer, "CXXABI_1.3"]), "no older version");

    [Fact]
    public void Refuses_a_library_without_the_stand_in() =>
        Refuses(TinyLibrary.Build([(Symbol, Newer)], [Newer, "GLIBCXX_3.4"]), StandIn);

    [Fact]
    public void Refuses_what_is_no_64_bit_shared_library()
    {
        Refuses([], "ELF header");
        Refuses("<!DOCTYPE html> Not Found; a page in place of the file, long enough for a header"u8.ToArray(), "ELF header");
        Refuses(With(TinyLibrary.Patchable(), 4, 1), "64-bit");
        Refuses(With(TinyLibrary.Patchable(), 16, 2), "shared library");
    }

    [Fact]
    public void Any_truncation_is_an_error_with_a_message()
    {
        var library = TinyLibrary.Patchable();
        for (var length = 0; length < library.Length; length++)
            Assert.Throws<NativeLoadException>(() => ElfVersionPatch.Apply(library.AsSpan(0, length)));
    }

    [Fact]
    public void Damaged_bytes_give_a_library_or_an_error_with_a_message()
    {
        var library = TinyLibrary.Patchable();
        var damage = Gen.Select(Gen.Int[0, library.Length - 1], Gen.OneOf(Gen.Byte, Gen.Const((byte)0), Gen.Const((byte)0xff))).Array[1, 12];
        damage.Sample(places =>
        {
            var damaged = TinyLibrary.Patchable();
            foreach (var (offset, value) in places)
                damaged[offset] = value;
            Applies(damaged);
        }, iter: 20_000);
    }

    [Fact]
    public void Random_bytes_behind_the_header_give_an_error_with_a_message() =>
        Gen.Byte.Array[0, 400].Sample(bytes => Applies([.. TinyLibrary.Patchable()[..64], .. bytes]), iter: 5_000);

    /// <summary>Whatever the bytes, the outcome is a copy of the same length or the typed error; any other exception fails the test.</summary>
    private static void Applies(byte[] bytes)
    {
        try
        {
            Assert.Equal(bytes.Length, ElfVersionPatch.Apply(bytes).Length);
        }
        catch (FrugalException e)
        {
            Assert.NotEmpty(e.Message);
        }
    }

    private static void Refuses(byte[] library, string reason) =>
        Assert.Contains(reason, Assert.Throws<NativeLoadException>(() => ElfVersionPatch.Apply(library)).Message);

    private static byte[] With(byte[] bytes, int offset, byte value)
    {
        bytes[offset] = value;
        return bytes;
    }

    private static int Occurrences(byte[] bytes, uint word) =>
        Enumerable.Range(0, bytes.Length / 4).Count(i => BitConverter.ToUInt32(bytes, 4 * i) == word);
}
