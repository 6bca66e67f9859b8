namespace Frugal.Kernels.Tests;

/// <summary>The sums of products of bytes, which are whole numbers and must be exact on every path.</summary>
public unsafe class Int8ProductTests
{
    public static TheoryData<string> Paths { get; } = [.. Enum.GetValues<Int8Path>().Where(Int8Paths.IsSupported).Select(path => path.ToString())];

    [Theory, MemberData(nameof(Paths))]
    public void Sums_equal_a_scalar_loop(string path)
    {
        var random = new Random(1);
        for (var round = 0; round < CaseCount.Value; round++)
        {
            var rows = random.Next(1, PanelCode.MaxRows + 1);
            var panels = rows <= PanelCode.MaxWideRows && random.Next(2) == 0 ? PanelCode.WidePanels : 2;
            var inFeatures = random.Next(1, 150);
            var codes = new byte[rows * inFeatures];
            var weight = new sbyte[panels * Panel.Outputs * inFeatures];
            random.NextBytes(codes);
            random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(weight.AsSpan()));
            Check(Enum.Parse<Int8Path>(path), codes, weight, rows, inFeatures, panels);
        }
    }

    [Theory, MemberData(nameof(Paths))]
    public void The_longest_row_of_the_largest_products_does_not_saturate(string path)
    {
        const int inFeatures = Int8Panels.MaxInFeatures;
        foreach (var weight in new sbyte[] { -128, 127 })
            foreach (var rows in new[] { 1, 3, 14 })
            {
                var sums = Sums(
                    Enum.Parse<Int8Path>(path), Enumerable.Repeat((byte)255, rows * inFeatures).ToArray(),
                    Enumerable.Repeat(weight, 2 * Panel.Outputs * inFeatures).ToArray(), rows, inFeatures, panels: 2);
                Assert.All(sums, sum => Assert.Equal(255 * weight * inFeatures, sum));
            }
    }

    private static void Check(Int8Path path, byte[] codes, sbyte[] weight, int rows, int inFeatures, int panels)
    {
        var sums = Sums(path, codes, weight, rows, inFeatures, panels);
        for (var row = 0; row < rows; row++)
            for (var output = 0; output < panels * Panel.Outputs; output++)
            {
                var expected = 0;
                for (var input = 0; input < inFeatures; input++)
                    expected += codes[row * inFeatures + input] * weight[output * inFeatures + input];
                Assert.Equal(expected, sums[row * panels * Panel.Outputs + output]);
            }
    }

    private static int[] Sums(Int8Path path, byte[] codes, sbyte[] weight, int rows, int inFeatures, int panels)
    {
        var outFeatures = panels * Panel.Outputs;
        var held = new Int8Panels(weight, new float[outFeatures], outFeatures, inFeatures);
        var product = held.Product(path);
        var pitch = Panel.Pitch(product.Steps);
        // What lies behind the inputs must not count.
        var padded = Enumerable.Repeat((byte)0xA5, rows * pitch).ToArray();
        for (var row = 0; row < rows; row++)
            codes.AsSpan(row * inFeatures, inFeatures).CopyTo(padded.AsSpan(row * pitch));
        var sums = new int[rows * outFeatures];
        fixed (byte* x = padded)
        fixed (int* y = sums)
            product.Multiply(x, pitch, rows, product.Prepare(0, panels, rows, null), panels, y);
        GC.KeepAlive(held);
        return sums;
    }
}
