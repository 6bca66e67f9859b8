namespace Frugal.Native;

/// <summary>
/// Makes a Linux library that was built against a newer C++ runtime loadable under an older one, where the newer version is required for
/// nothing but one symbol that is never called. GCC 13's <c>&lt;iostream&gt;</c> mentions <c>std::ios_base_library_init()</c>
/// only so that the linker demands its version (<c>GLIBCXX_3.4.32</c>); older runtimes initialise the streams elsewhere.
/// </summary>
/// <remarks>
/// Two places change, both in tables of fixed size. In the version requirements (<c>.gnu.version_r</c>) the entry of the newer version takes
/// the name and hash of the oldest version of the same family that the library requires anyway. In the dynamic symbols
/// the one symbol takes the name of another undefined function, and the version index 1 ("any").
/// Layouts: System V gABI, chapter 5, and the Linux Standard Base, "Symbol Versioning".
/// </remarks>
public static class ElfVersionPatch
{
    /// <summary>The version that runtimes before GCC 13 do not have.</summary>
    public const string NewerVersion = "GLIBCXX_3.4.32";

    /// <summary><c>std::ios_base_library_init()</c>.</summary>
    public const string NewerSymbol = "_ZSt21ios_base_library_initv";

    /// <summary><c>at::get_num_threads()</c>: takes no argument, changes nothing, and TorchSharp's library imports it.</summary>
    public const string StandIn = "_ZN2at15get_num_threadsEv";

    private const string Family = "GLIBCXX_";
    private const long StringTable = 5, SymbolTable = 6, StringTableLength = 10, GnuHash = 0x6ffffef5;
    private const long VersionSymbols = 0x6ffffff0, VersionNeeds = 0x6ffffffe, VersionNeedsCount = 0x6fffffff;
    private const int SymbolLength = 24;
    private const ushort AnyVersion = 1, IndexBits = 0x7fff;

    /// <summary>Returns a copy of <paramref name="library"/> that no longer needs <see cref="NewerVersion"/>.</summary>
    /// <param name="library">The bytes of a 64-bit little-endian ELF shared library.</param>
    /// <exception cref="NativeLoadException">
    /// The bytes are not such a library, do not require the version, or require it for another symbol as well.
    /// </exception>
    public static byte[] Apply(ReadOnlySpan<byte> library)
    {
        var image = new ElfImage(library);
        var names = new NameTable(image, image.OffsetOfDynamic(StringTable), image.Dynamic(StringTableLength));
        var versionIndex = RepointVersion(image, names);
        RepointSymbol(image, names, versionIndex);
        return image.Bytes;
    }

    /// <summary>Re-points the requirement and returns the index under which symbols refer to it.</summary>
    private static ushort RepointVersion(ElfImage image, NameTable names)
    {
        var needs = image.OffsetOfDynamic(VersionNeeds);
        var count = image.Dynamic(VersionNeedsCount);
        for (ulong i = 0; i < count; i++)
        {
            if (RepointVersionOf(image, names, needs) is { } index)
                return index;
            var next = image.UInt32(needs + 12);
            if (next == 0)
                break;
            needs += next;
        }
        throw new NativeLoadException($"The native library does not require {NewerVersion}, so that there is nothing to re-point.");
    }

    private static ushort? RepointVersionOf(ElfImage image, NameTable names, long needs)
    {
        long? newer = null, oldest = null;
        var oldestVersion = new Version(int.MaxValue, 0);
        var entry = needs + image.UInt32(needs + 8);
        for (var left = image.UInt16(needs + 2); left > 0; left--)
        {
            var name = names[image.UInt32(entry + 8)];
            if (name == NewerVersion)
                newer = entry;
            else if (name.StartsWith(Family, StringComparison.Ordinal)
                     && Version.TryParse(name.AsSpan(Family.Length), out var version) && version < oldestVersion)
                (oldest, oldestVersion) = (entry, version);
            if (image.UInt32(entry + 12) is not (> 0 and var next))
                break;
            entry += next;
        }
        if (newer is not { } from)
            return null;
        if (oldest is not { } to)
            throw new NativeLoadException($"The native library requires {NewerVersion} and no older version of {Family}* to put in its place.");
        image.Write(from, image.UInt32(to));
        image.Write(from + 8, image.UInt32(to + 8));
        return image.UInt16(from + 6);
    }

    private static void RepointSymbol(ElfImage image, NameTable names, ushort versionIndex)
    {
        var symbols = image.OffsetOfDynamic(SymbolTable);
        var versions = image.OffsetOfDynamic(VersionSymbols);
        // The GNU hash table lists defined symbols only; its second word is the number of symbols before them, the undefined ones.
        var undefinedCount = image.UInt32(image.OffsetOfDynamic(GnuHash) + 4);
        long? symbol = null, standIn = null;
        var others = new List<string>();
        for (long i = 0; i < undefinedCount; i++)
        {
            var isOfNewerVersion = (image.UInt16(versions + 2 * i) & IndexBits) == versionIndex;
            var name = names[image.UInt32(symbols + SymbolLength * i)];
            if (isOfNewerVersion && name == NewerSymbol)
                symbol = i;
            else if (isOfNewerVersion)
                others.Add(name);
            else if (name == StandIn)
                standIn = i;
        }
        if (others.Count > 0)
            throw new NativeLoadException($"The native library needs {others[0]} of {NewerVersion}, which an older C++ runtime does not have. Install a newer libstdc++ (GCC 13 or later).");
        if (symbol is not { } from || standIn is not { } to)
            throw ElfImage.Malformed($"it does not import {(symbol is null ? NewerSymbol : StandIn)}");
        image.Write(symbols + SymbolLength * from, image.UInt32(symbols + SymbolLength * to));
        image.Write(versions + 2 * from, AnyVersion);
    }

    private readonly record struct NameTable(ElfImage Image, long Offset, ulong Length)
    {
        public string this[uint index] => Image.Text(Offset, Length, index);
    }
}
