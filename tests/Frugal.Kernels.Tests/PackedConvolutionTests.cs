using CsCheck;

namespace Frugal.Kernels.Tests;

public class PackedConvolutionTests
{
    private static readonly PackedForm[] Forms = [PackedForm.Sparse, PackedForm.BlockSparse(4), PackedForm.BlockSparse(16), PackedForm.Int8, PackedForm.Shift(3), PackedForm.Shift(7)];

    [Theory, ClassData(typeof(Levels))]
    public void Every_path_agrees_with_a_scalar_loop_in_double_precision(SimdLevel level)
    {
        using var one = new KernelPool(1) { Level = level };
        using var three = new KernelPool(3) { Level = level };
        foreach (var form in Forms)
            Gen.Select(ConvolutionCase.Any(form.BlockHeight), Gen.Int[0, 7], Gen.Enum<Activation>(), Gen.Bool).Sample(
                (random, parts, activation, threaded) =>
                {
                    var layer = random.Pack(form);
                    random.Coded(form, layer).RequireCorrect(random.Run(layer, threaded ? three : one, (Parts)parts, activation), (Parts)parts, activation);
                },
                iter: Math.Max(20, CaseCount.Value / 25), threads: 1);
    }

    [Theory, ClassData(typeof(Levels))]
    public void Large_images_and_many_channels_run_in_several_tiles(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        foreach (var form in Forms)
            foreach (var (channels, outputs, kernel, batch, size, stride) in new[] { (3, 20, 7, 1, 45, 2), (70, 33, 3, 5, 9, 1), (300, 7, 5, 1, 12, 1), (64, 130, 1, 3, 14, 1), (64, 12, 1, 2, 15, 2), (5, 6, 3, 40, 3, 1) })
            {
                var shape = new ConvolutionShape(channels, kernel, kernel) { StrideHeight = stride, StrideWidth = stride, PaddingHeight = kernel / 2, PaddingWidth = kernel / 2 };
                var random = new ConvolutionCase(shape, outputs, batch, size, size, density: 0.1, form.BlockHeight, seed: kernel);
                var layer = random.Pack(form);
                random.Coded(form, layer).RequireCorrect(random.Run(layer, pool, Parts.All, Activation.Relu), Parts.All, Activation.Relu);
            }
    }

    [Theory, ClassData(typeof(Levels))]
    public void The_same_call_gives_the_same_bits_whatever_the_number_of_threads(SimdLevel level)
    {
        using var one = new KernelPool(1) { Level = level };
        using var two = new KernelPool(2) { Level = level };
        using var five = new KernelPool(5) { Level = level };
        foreach (var form in Forms)
            foreach (var (batch, size) in new[] { (1, 6), (1, 19), (7, 5) })
            {
                var random = new ConvolutionCase(new(12, 3, 3) { PaddingHeight = 1, PaddingWidth = 1 }, 50, batch, size, size, density: 0.2, form.BlockHeight, seed: size);
                var layer = random.Pack(form);
                var first = random.Run(layer, one, Parts.All, Activation.Silu);
                foreach (var pool in new[] { two, five, one })
                    Assert.Equal(first, random.Run(layer, pool, Parts.All, Activation.Silu));
            }
    }

    [Theory, ClassData(typeof(Levels))]
    public void No_path_touches_memory_beside_its_spans(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        using var inputs = new GuardedMemory(3 * 9 * 30 * 30 * sizeof(float));
        using var outputs = new GuardedMemory(3 * 40 * 30 * 30 * sizeof(float));
        using var residuals = new GuardedMemory(3 * 40 * 30 * 30 * sizeof(float));
        foreach (var form in Forms)
            ConvolutionCase.Any(form.BlockHeight).Sample(
                random =>
                {
                    if (random.Outputs > 3 * 40 * 30 * 30)
                        return;
                    var layer = random.Pack(form);
                    var coded = random.Coded(form, layer);
                    Check(random, coded, layer, inputs.AtEnd(random.Input.Length), outputs.AtEnd(random.Outputs), residuals.AtEnd(random.Outputs));
                    Check(random, coded, layer, inputs.AtStart(random.Input.Length), outputs.AtStart(random.Outputs), residuals.AtStart(random.Outputs));
                },
                iter: Math.Max(20, CaseCount.Value / 40), threads: 1);

        void Check(ConvolutionCase random, ConvolutionCase coded, PackedConvolution layer, Span<float> input, Span<float> output, Span<float> residual)
        {
            random.Input.CopyTo(input);
            random.Residual.CopyTo(residual);
            layer.Run(input, random.Batch, random.Height, random.Width, output, new() { Residual = residual, Activation = Activation.GeluTanh }, pool);
            coded.RequireCorrect(output, Parts.Residual, Activation.GeluTanh);
        }
    }

    [Theory, ClassData(typeof(Levels))]
    public void Infinities_and_NaN_pass_only_through_stored_weights(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        var random = new ConvolutionCase(new(2, 1, 1), 3, batch: 2, 5, 5, density: 1, blockHeight: 1, seed: 1);
        (random.Linear.Weight[1], random.Linear.Weight[3], random.Linear.Weight[5]) = (0, 0, 2);
        random.Input[25 + 7] = float.NaN;
        var output = random.Run(new(PackedSparse.Pack(random.Linear.Weight, 3, 2), random.Shape), pool);
        for (var i = 0; i < output.Length; i++)
            Assert.Equal(i == 2 * 25 + 7, float.IsNaN(output[i]));
    }

    [Theory, ClassData(typeof(Levels))]
    public void An_image_that_cannot_be_coded_gives_NaN_and_no_other_does(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        foreach (var form in new[] { PackedForm.Int8, PackedForm.Shift(3) })
            foreach (var special in new[] { float.NaN, float.PositiveInfinity })
            {
                var random = new ConvolutionCase(new(3, 3, 3) { PaddingHeight = 1, PaddingWidth = 1 }, 5, batch: 3, 6, 6, density: 1, blockHeight: 1, seed: 1);
                random.Input[3 * 36 + 40] = special;
                var output = random.Run(random.Pack(form), pool);
                for (var i = 0; i < output.Length; i++)
                    Assert.Equal(i / (5 * 36) == 1, float.IsNaN(output[i]));
            }
    }

    [Fact]
    public void The_weight_of_a_convolution_is_laid_point_by_point_and_back()
    {
        var shape = new ConvolutionShape(2, 2, 3);
        float[] weight = [.. Enumerable.Range(0, 2 * 12).Select(i => (float)i)];
        var columns = shape.ToColumns(weight, 2);
        Assert.Equal([0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11, 12, 18], columns[..14]);
        Assert.Equal(weight, shape.FromColumns(columns, 2));
        Assert.Throws<ArgumentException>(() => shape.ToColumns(weight, 3));
    }

    [Fact]
    public void Arguments_that_do_not_fit_are_refused()
    {
        using var pool = new KernelPool(1);
        var random = new ConvolutionCase(new(2, 3, 3), 4, batch: 2, 5, 6, density: 1, blockHeight: 1, seed: 1);
        var layer = random.Pack(PackedForm.Sparse);
        var (x, y) = (random.Input, new float[random.Outputs]);
        Assert.Throws<ArgumentException>(() => layer.Run(x, 2, 5, 5, y, default, pool));
        Assert.Throws<ArgumentException>(() => layer.Run(x, 2, 5, 6, y.AsSpan(1), default, pool));
        Assert.Throws<ArgumentException>(() => layer.Run(x, 2, 2, 15, y, default, pool));
        Assert.Throws<ArgumentOutOfRangeException>(() => layer.Run(x, -1, 5, 6, y, default, pool));
        Assert.Throws<ArgumentOutOfRangeException>(() => layer.Run(x, 2, 0, 6, y, default, pool));
        Assert.Throws<ArgumentException>(() => layer.Run(x, 2, 5, 6, y, new() { Bias = new float[5] }, pool));
        Assert.Throws<ArgumentException>(() => layer.Run(x, 2, 5, 6, y, new() { Residual = new float[5] }, pool));
        Assert.Throws<ArgumentOutOfRangeException>(() => layer.Run(x, 2, 5, 6, y, new() { Activation = (Activation)99 }, pool));
        Assert.Throws<ArgumentNullException>(() => layer.Run(x, 2, 5, 6, y, default, null!));
        Assert.Throws<ArgumentException>(() => new PackedConvolution(layer.Weight, new(3, 3, 3)));
        Assert.Throws<ArgumentException>(() => new PackedConvolution(PackedWeightOnly.Pack(random.Linear.Weight, 4, 18, 8), random.Shape));
        layer.Run([], 0, 5, 6, [], default, pool);
    }

    [Theory]
    [InlineData(0, 3, 3)]
    [InlineData(1, 0, 3)]
    [InlineData(1, 3, 70_000)]
    public void Shapes_that_cannot_be_are_refused(int channels, int down, int across) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConvolutionShape(channels, down, across));

    [Fact]
    public void Options_that_cannot_be_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConvolutionShape(1, 1, 1) { StrideWidth = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConvolutionShape(1, 1, 1) { PaddingHeight = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConvolutionShape(1, 1, 1) { DilationHeight = 0 });
    }
}
