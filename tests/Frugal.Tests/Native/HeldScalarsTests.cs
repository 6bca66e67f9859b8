using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Frugal.Tests.Native;

public unsafe class HeldScalarsTests
{
    private const int ScalarBytes = 32;

    // The collection that frees a number under an operator's hands is too rare to wait for. What matters is that an operator that still holds the handle reads the same number;
    // the C library writes its own pointers into a block as soon as it is freed.
    [Fact]
    public void A_number_can_be_read_by_its_handle_after_it_was_given_up()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64, "Only there can it be turned on.");
        var scalar = 7.5.ToScalar();
        var handle = (nint)typeof(Scalar).GetProperty("Handle", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(scalar)!;
        byte[] before = new ReadOnlySpan<byte>((void*)handle, ScalarBytes).ToArray();
        scalar.Dispose();
        Assert.Equal(before, new ReadOnlySpan<byte>((void*)handle, ScalarBytes).ToArray());
        Assert.Contains(7.5, MemoryMarshal.Cast<byte, double>(before).ToArray());
    }
}
