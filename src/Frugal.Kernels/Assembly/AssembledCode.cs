using Iced.Intel;

namespace Frugal.Kernels;

/// <summary>
/// Functions assembled at run time, each called with one pointer to its arguments through <c>delegate* unmanaged&lt;void*, void&gt;</c>.
/// Keep this object alive across a call: disposing it frees the code.
/// </summary>
internal sealed class AssembledCode : IDisposable
{
    /// <summary>Functions begin on a cache line.</summary>
    private const int Alignment = 64;

    private readonly nint[] _entries;

    private AssembledCode(ExecutablePages pages, nint[] entries)
    {
        Pages = pages;
        _entries = entries;
    }

    /// <summary>The pages that hold the functions.</summary>
    public ExecutablePages Pages { get; }

    /// <summary>The address of a function, by its place among those that were written.</summary>
    public nint this[int function] => _entries[function];

    /// <summary>Assembles functions, or returns null where the system forbids programs to make code.</summary>
    /// <param name="functions">Each writes the body of one, which <see cref="CallFrame"/> begins and ends. Its jumps are relative: code runs wherever it is put.</param>
    public static AssembledCode? TryAssemble(IReadOnlyList<Action<Assembler>> functions)
    {
        var bytes = new MemoryStream();
        var offsets = new nint[functions.Count];
        for (var i = 0; i < offsets.Length; i++)
        {
            while (bytes.Length % Alignment != 0)
                bytes.WriteByte(0xCC);
            offsets[i] = (nint)bytes.Length;
            var assembler = new Assembler(bitness: 64);
            functions[i](assembler);
            assembler.Assemble(new StreamCodeWriter(bytes), rip: 0);
        }
        var pages = ExecutablePages.TryCreate(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        return pages is null ? null : new(pages, [.. offsets.Select(offset => pages.Address + offset)]);
    }

    public void Dispose() => Pages.Dispose();
}
