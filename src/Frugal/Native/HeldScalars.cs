using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Frugal.Native;

/// <summary>
/// Keeps the native halves of TorchSharp's numbers for a second after they are given up. TorchSharp 0.107 passes a number's handle to an operator and forgets the number (every sum of two
/// tensors makes one, its factor 1), so that a garbage collection on any thread at that moment frees what the operator is about to read: it then computes with whatever comes to lie there,
/// or fails. Seen with 23 of 800,000 sums beside a thread that collects all the time.
/// </summary>
/// <remarks>
/// TorchSharp offers no place to put this, so the function of its native library that frees a number is made to begin with a jump to <see cref="GiveUp"/>. That is done once, when the
/// library is loaded and before anything runs in it; the page is written first and then made executable again, never both. Only where the processor is x64 and the system Linux.
/// </remarks>
internal static unsafe partial class HeldScalars
{
    private const int PageRead = 1, PageWrite = 2, PageExecute = 4, JumpLength = 12;
    private const long HeldMilliseconds = 1000;

    private static readonly Lock gate = new();
    private static readonly Queue<(nint Scalar, long GivenUp)> held = new();

    /// <summary>Whether it is on in this process.</summary>
    public static bool IsOn { get; private set; }

    /// <summary>Turns it on in TorchSharp's native library; false where it cannot be.</summary>
    public static bool TurnOn(nint binding) =>
        IsOn = OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64
        && NativeLibrary.TryGetExport(binding, "THSTorch_dispose_scalar", out var function)
        && Redirect(function, (nint)(delegate* unmanaged[Cdecl]<nint, void>)&GiveUp);

    [SupportedOSPlatform("linux")]
    private static bool Redirect(nint function, nint target)
    {
        nint size = Environment.SystemPageSize, first = function / size * size;
        nuint length = (nuint)((function + JumpLength - 1) / size * size + size - first);
        if (Protect(first, length, PageRead | PageWrite) != 0)
            return false;
        // mov rax, target; jmp rax
        var code = new Span<byte>((void*)function, JumpLength);
        (code[0], code[1], code[10], code[11]) = (0x48, 0xB8, 0xFF, 0xE0);
        MemoryMarshal.Write(code[2..], (long)target);
        return Protect(first, length, PageRead | PageExecute) == 0
            ? true
            : throw new NativeLoadException("The system does not let a page of TorchSharp's library become executable again; run without restrictions on executable memory.");
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void GiveUp(nint scalar)
    {
        long now = Environment.TickCount64;
        lock (gate)
        {
            held.Enqueue((scalar, now));
            while (held.Peek() is var (oldest, givenUp) && now - givenUp > HeldMilliseconds)
            {
                held.Dequeue();
                // What the library's own function does: such a number owns nothing else.
                NativeMemory.Free((void*)oldest);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int protection);
}
