using System.Runtime.Intrinsics;

namespace Frugal.Kernels.Tests;

public unsafe class LowBitDecoderTests
{
    [Theory, InlineData(2), InlineData(3), InlineData(4)]
    public void Panels_are_decoded_as_they_were_coded(int bits)
    {
        const int steps = 40;
        var random = new Random(bits);
        var values = Enumerable.Range(0, 16).Select(code => (sbyte)(code * 7 - 50)).ToArray();
        var codes = Enumerable.Range(0, steps * Panel.StepBytes).Select(_ => random.Next(1 << bits)).ToArray();
        var packed = new byte[steps * LowBitLayout.StepBytes(bits)];
        for (var i = 0; i < codes.Length; i++)
            LowBitLayout.Write(packed.AsSpan(i / Panel.StepBytes * LowBitLayout.StepBytes(bits)), bits, i % Panel.StepBytes, codes[i]);
        for (var i = 0; i < codes.Length; i++)
            Assert.Equal(codes[i], LowBitLayout.Read(packed.AsSpan(i / Panel.StepBytes * LowBitLayout.StepBytes(bits)), bits, i % Panel.StepBytes));
        var expected = codes.Select(code => values[code]).ToArray();
        foreach (var isAvx512 in Simd.Level >= SimdLevel.Avx512 ? new[] { false, true } : [false])
        {
            var decoded = new sbyte[codes.Length];
            fixed (byte* source = packed)
            fixed (sbyte* target = decoded)
                LowBitDecoder.Run(isAvx512, bits, source, steps, Vector128.Create<sbyte>(values), target);
            Assert.Equal(expected, decoded);
        }
    }
}
