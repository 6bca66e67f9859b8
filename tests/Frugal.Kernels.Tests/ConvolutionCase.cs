using CsCheck;

namespace Frugal.Kernels.Tests;

/// <summary>A random convolution, its inputs and what a scalar loop in double precision makes of them.</summary>
internal sealed class ConvolutionCase
{
    public ConvolutionCase(ConvolutionShape shape, int outChannels, int batch, int height, int width, double density, int blockHeight, int seed)
    {
        (Shape, OutChannels, Batch, Height, Width) = (shape, outChannels, batch, height, width);
        var pixels = shape.OutHeight(height) * shape.OutWidth(width);
        // A linear layer of the same sizes has the random numbers.
        Linear = new(rows: 1, outChannels, shape.InFeatures, density, blockHeight, seed);
        var random = new Random(seed);
        Input = [.. Enumerable.Range(0, batch * shape.InChannels * height * width).Select(_ => 4 * random.NextSingle() - 2)];
        Residual = [.. Enumerable.Range(0, batch * outChannels * pixels).Select(_ => 4 * random.NextSingle() - 2)];
    }

    private ConvolutionCase(ConvolutionCase other, float[] input, float[] weight)
    {
        (Shape, OutChannels, Batch, Height, Width, Residual) = (other.Shape, other.OutChannels, other.Batch, other.Height, other.Width, other.Residual);
        (Input, Linear) = (input, other.Linear.With(other.Linear.Input, weight));
    }

    /// <summary>Shapes of all kinds, with sizes down to one pixel.</summary>
    public static Gen<ConvolutionCase> Any(int blockHeight) =>
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 40], Gen.Int[1, 3], Gen.Int[1, 4], Gen.Int[1, 4], Gen.Int[1, 20], Gen.Int[1, 20], Gen.Int).Select((channels, outputs, batch, down, across, height, width, seed) =>
        {
            var random = new Random(seed);
            var shape = new ConvolutionShape(channels, down, across)
            {
                StrideHeight = random.Next(1, 4),
                StrideWidth = random.Next(1, 4),
                DilationHeight = random.Next(1, 3),
                DilationWidth = random.Next(1, 3),
                PaddingHeight = random.Next(0, 4),
                PaddingWidth = random.Next(0, 4),
            };
            // Grown until the kernel fits.
            while (shape.OutHeight(height) < 1)
                height++;
            while (shape.OutWidth(width) < 1)
                width++;
            return new ConvolutionCase(shape, outputs, batch, height, width, new[] { 0, 0.1, 0.4, 1 }[random.Next(4)], blockHeight, seed);
        });

    public ConvolutionShape Shape { get; }

    public int OutChannels { get; }

    public int Batch { get; }

    public int Height { get; }

    public int Width { get; }

    public LinearCase Linear { get; }

    public float[] Input { get; }

    public float[] Residual { get; }

    public int Outputs => Residual.Length;

    public PackedConvolution Pack(PackedForm form) => new(form.Pack(Linear.Weight, OutChannels, Shape.InFeatures), Shape);

    /// <summary>The case with inputs and weight as the layer computes with them: each image is coded over its own range.</summary>
    public ConvolutionCase Coded(PackedForm form, PackedConvolution layer)
    {
        if (form.CodeRow is null)
            return this;
        var weight = new float[Linear.Weight.Length];
        layer.Weight.Unpack(weight);
        return new(this, [.. Input.Chunk(Shape.InChannels * Height * Width).SelectMany(form.CodeRow)], weight);
    }

    public float[] Run(PackedConvolution layer, KernelPool pool, Parts parts = default, Activation activation = Activation.Identity)
    {
        var output = new float[Outputs];
        layer.Run(Input, Batch, Height, Width, output, Epilogue(parts, activation), pool);
        return output;
    }

    public Epilogue Epilogue(Parts parts, Activation activation) => new()
    {
        Scale = parts.HasFlag(Parts.Scale) ? Linear.Scale : default,
        Bias = parts.HasFlag(Parts.Bias) ? Linear.Bias : default,
        Residual = parts.HasFlag(Parts.Residual) ? Residual : default,
        Activation = activation,
    };

    /// <summary>Requires an output within 1.2e-5 √K of the scalar loop's, relative to the sum of the terms' magnitudes.</summary>
    public void RequireCorrect(ReadOnlySpan<float> output, Parts parts = default, Activation activation = Activation.Identity)
    {
        int outHeight = Shape.OutHeight(Height), outWidth = Shape.OutWidth(Width);
        for (var o = 0; o < OutChannels; o++)
        {
            var stored = Stored(o);
            for (var image = 0; image < Batch; image++)
                for (var y = 0; y < outHeight; y++)
                    for (var x = 0; x < outWidth; x++)
                    {
                        var (sum, magnitude) = Sum(stored, image, y, x);
                        if (parts.HasFlag(Parts.Scale))
                            (sum, magnitude) = (sum * Linear.Scale[o], magnitude * Math.Abs(Linear.Scale[o]));
                        if (parts.HasFlag(Parts.Bias))
                            (sum, magnitude) = (sum + Linear.Bias[o], magnitude + Math.Abs(Linear.Bias[o]));
                        var expected = ExactActivation.Of(activation, sum);
                        var place = ((image * OutChannels + o) * outHeight + y) * outWidth + x;
                        if (parts.HasFlag(Parts.Residual))
                            (expected, magnitude) = (expected + Residual[place], magnitude + Math.Abs(Residual[place]));
                        if (!(Math.Abs(output[place] - expected) <= 1.2e-5 * Math.Sqrt(Shape.InFeatures) * magnitude + 1e-37))
                            Assert.Fail($"[{image}, {o}, {y}, {x}] of {Shape}, {Height} x {Width}: {output[place]}, expected {expected}");
                    }
        }
    }

    /// <summary>The weights of an output that are not zero, each with its channel and its distance from the first point that the kernel covers.</summary>
    private (int Down, int Across, int Channel, double Weight)[] Stored(int o)
    {
        var stored = new List<(int, int, int, double)>();
        for (var down = 0; down < Shape.KernelHeight; down++)
            for (var across = 0; across < Shape.KernelWidth; across++)
                for (var channel = 0; channel < Shape.InChannels; channel++)
                {
                    var weight = Linear.Weight[o * Shape.InFeatures + (down * Shape.KernelWidth + across) * Shape.InChannels + channel];
                    if (weight != 0)
                        stored.Add((down * Shape.DilationHeight, across * Shape.DilationWidth, channel, weight));
                }
        return [.. stored];
    }

    private (double Sum, double Magnitude) Sum((int Down, int Across, int Channel, double Weight)[] stored, int image, int y, int x)
    {
        double sum = 0, magnitude = 0;
        int top = y * Shape.StrideHeight - Shape.PaddingHeight, left = x * Shape.StrideWidth - Shape.PaddingWidth;
        foreach (var (down, across, channel, weight) in stored)
        {
            if ((uint)(top + down) >= (uint)Height || (uint)(left + across) >= (uint)Width)
                continue;
            var term = weight * Input[((image * Shape.InChannels + channel) * Height + top + down) * Width + left + across];
            sum += term;
            magnitude += Math.Abs(term);
        }
        return (sum, magnitude);
    }
}
