namespace Frugal.Kernels.Tests;

/// <summary>Counts of differing signs, which must be exact on every path.</summary>
public unsafe class BinaryProductTests
{
    public static TheoryData<string> Paths { get; } = [.. Enum.GetValues<BinaryPath>().Where(BinaryPaths.IsSupported).Select(path => path.ToString())];

    [Theory, MemberData(nameof(Paths))]
    public void Sums_are_twice_the_differing_signs(string path)
    {
        var random = new Random(1);
        for (var round = 0; round < CaseCount.Value; round++)
        {
            var rows = random.Next(1, PanelCode.MaxRows + 1);
            var panels = rows <= PanelCode.MaxWideRows && random.Next(2) == 0 ? PanelCode.WidePanels : 2;
            // Mostly one or two steps of the widest path; some cases of many.
            var inFeatures = random.Next(1, random.Next(8) == 0 ? 900 : 150);
            Check(Enum.Parse<BinaryPath>(path), random, rows, inFeatures, panels, share: random.NextDouble());
        }
    }

    [Theory, MemberData(nameof(Paths))]
    public void Long_rows_in_which_all_or_none_differ_do_not_overflow(string path)
    {
        foreach (var share in new[] { 0.0, 1.0 })
            Check(Enum.Parse<BinaryPath>(path), new Random(2), rows: 2, inFeatures: 70_000, panels: 2, share);
    }

    private static void Check(BinaryPath path, Random random, int rows, int inFeatures, int panels, double share)
    {
        var outFeatures = panels * Panel.Outputs;
        var input = Enumerable.Range(0, rows * inFeatures).Select(_ => random.NextDouble() < share ? -1f : 1f).ToArray();
        var isNegative = Enumerable.Range(0, outFeatures * inFeatures).Select(_ => random.NextDouble() < share && share < 1).ToArray();
        var held = new BinaryPanels(isNegative, new float[outFeatures], outFeatures, inFeatures, false, default, default, default);
        var product = held.Product(path);
        var pitch = Panel.Pitch(product.Steps);
        var codes = Enumerable.Repeat((byte)0xA5, rows * pitch).ToArray();
        var sums = new int[rows * outFeatures];
        fixed (float* x = input)
        fixed (byte* c = codes)
        fixed (int* y = sums)
        {
            for (var row = 0; row < rows; row++)
                product.Encode<Lanes128, System.Runtime.Intrinsics.Vector128<float>>(x + row * inFeatures, c + row * pitch);
            product.Multiply(c, pitch, rows, product.Prepare(0, panels, rows, null), panels, y);
        }
        for (var i = 0; i < sums.Length; i++)
        {
            var (row, output, differing) = (i / outFeatures, i % outFeatures, 0);
            for (var k = 0; k < inFeatures; k++)
                differing += input[row * inFeatures + k] < 0 != isNegative[output * inFeatures + k] ? 1 : 0;
            Assert.Equal(2 * differing, sums[i]);
        }
        GC.KeepAlive(held);
    }
}
