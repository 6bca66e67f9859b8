using System.Text;

namespace Frugal.Tests.Native;

/// <summary>
/// Builds the smallest ELF shared library that the dynamic loader of Linux accepts and that has what <see cref="Frugal.Native.ElfVersionPatch"/> changes: undefined symbols and
/// version requirements on one other library.
/// </summary>
internal static class TinyLibrary
{
    private const int HeadersLength = 64 + 3 * 56, DynamicLength = 12 * 16, SymbolLength = 24;

    /// <summary>Undefined functions with the version each is required in (null for any), and the versions required of <paramref name="needed"/>.</summary>
    public static byte[] Build(
        (string Name, string? Version)[] symbols, string[] versions, string needed = "libstdc++.so.6", ushort machine = 62)
    {
        var names = new Names();
        var neededName = names.Add(needed);
        var dynamic = HeadersLength;
        var symbolTable = dynamic + DynamicLength;
        var versionSymbols = symbolTable + SymbolLength * (symbols.Length + 1);
        var versionNeeds = Align(versionSymbols + 2 * (symbols.Length + 1));
        var hash = Align(versionNeeds + 16 + 16 * versions.Length);
        var strings = hash + 32;

        var file = new MemoryStream();
        var write = new BinaryWriter(file);
        void Put(int offset, Action content)
        {
            file.Position = offset;
            content();
        }

        Put(symbolTable + SymbolLength, () =>
        {
            foreach (var (name, _) in symbols)
            {
                write.Write(names.Add(name));
                // A weak function: the loader does not mind that nobody defines it.
                write.Write((byte)0x22);
                write.Write(new byte[SymbolLength - 5]);
            }
        });
        Put(versionSymbols + 2, () =>
        {
            foreach (var (_, version) in symbols)
                write.Write((ushort)(version is null ? 1 : 2 + Array.IndexOf(versions, version)));
        });
        Put(versionNeeds, () =>
        {
            write.Write([.. U16(1), .. U16(versions.Length), .. U32(neededName), .. U32(16), .. U32(0)]);
            for (var i = 0; i < versions.Length; i++)
                write.Write([.. U32(ElfHash(versions[i])), .. U16(0), .. U16(2 + i), .. U32(names.Add(versions[i])), .. U32(i + 1 < versions.Length ? 16u : 0)]);
        });
        // One empty bucket, defined symbols begin after the undefined ones, an empty Bloom filter of one word.
        Put(hash, () => write.Write([.. U32(1), .. U32((uint)symbols.Length + 1), .. U32(1), .. U32(0), .. U64(0), .. U32(0)]));
        var text = names.ToArray();
        Put(strings, () => write.Write(text));
        var length = (int)file.Length;
        Put(dynamic, () =>
        {
            (long Tag, long Value)[] entries =
            [
                (1, neededName), (5, strings), (6, symbolTable), (10, text.Length), (11, SymbolLength), (0x6ffffef5, hash),
                (0x6ffffff0, versionSymbols), (0x6ffffffe, versionNeeds), (0x6fffffff, 1),
            ];
            foreach (var (tag, value) in entries)
                write.Write([.. U64(tag), .. U64(value)]);
        });
        Put(0, () =>
        {
            write.Write([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, .. new byte[9]]);
            write.Write([.. U16(3), .. U16(machine), .. U32(1), .. U64(0), .. U64(64), .. U64(0), .. U32(0), .. U16(64), .. U16(56), .. U16(3), .. new byte[6]]);
            write.Write(Segment(1, 6, 0, length));
            write.Write(Segment(2, 6, dynamic, DynamicLength));
            // A stack that need not be executable, which newer loaders insist on.
            write.Write(Segment(0x6474e551, 6, 0, 0));
        });
        return file.ToArray();
    }

    /// <summary>The library that the patch is for: one symbol of the newer version, the stand-in, and an older version.</summary>
    public static byte[] Patchable() => Build(
        [("_ZSt21ios_base_library_initv", "GLIBCXX_3.4.32"), ("_ZN2at15get_num_threadsEv", null), ("_ZSt9terminatev", "GLIBCXX_3.4")],
        ["GLIBCXX_3.4.20", "GLIBCXX_3.4.32", "GLIBCXX_3.4"]);

    /// <summary>The hash of the System V ABI, chapter 5, by which the loader compares versions.</summary>
    public static uint ElfHash(string name)
    {
        uint hash = 0;
        foreach (var character in Encoding.ASCII.GetBytes(name))
        {
            hash = (hash << 4) + character;
            var high = hash & 0xf0000000;
            hash = (hash ^ (high >> 24)) & ~high;
        }
        return hash;
    }

    private static int Align(int offset) => (offset + 7) & ~7;

    private static byte[] Segment(uint kind, uint flags, long offset, long length) =>
        [.. U32(kind), .. U32(flags), .. U64(offset), .. U64(offset), .. U64(offset), .. U64(length), .. U64(length), .. U64(kind == 1 ? 0x1000 : 8)];

    private static byte[] U16(int value) => BitConverter.GetBytes((ushort)value);

    private static byte[] U32(uint value) => BitConverter.GetBytes(value);

    private static byte[] U64(long value) => BitConverter.GetBytes(value);

    private sealed class Names
    {
        private readonly List<byte> bytes = [0];

        public uint Add(string name)
        {
            var index = (uint)bytes.Count;
            bytes.AddRange(Encoding.ASCII.GetBytes(name + "\0"));
            return index;
        }

        public byte[] ToArray() => [.. bytes];
    }
}
