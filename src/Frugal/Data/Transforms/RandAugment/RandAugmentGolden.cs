using Frugal.Interop;
using static TorchSharp.torch;

namespace Frugal.Data.Transforms;

/// <summary>The golden case of RandAugment's operations: each applied to one picture with a given argument.</summary>
internal static class RandAugmentGolden
{
    /// <summary>Computes the case's results.</summary>
    public static GoldenOutputs Run(GoldenFile file)
    {
        var picture = file.In("image");
        var image = new Image(picture.bytes.ToArray(), (int)picture.shape[0], (int)picture.shape[1], (int)picture.shape[2]);
        byte[] fill = [.. file.Config.Ints("fill").Select(value => (byte)value)];
        var outputs = new GoldenOutputs();
        var operations = file.Config.Sections("ops");
        for (int i = 0; i < operations.Length; i++)
        {
            double argument = operations[i].DoubleOrNull("arg") ?? 0;
            var result = Augmentation.Apply(OperationOf(operations[i]), image, argument, InterpolationOf(operations[i]), fill);
            outputs.Add($"{i}", tensor(result.Pixels.ToArray(), [result.Height, result.Width, result.Channels], ScalarType.Byte));
        }
        return outputs;
    }

    /// <summary>Exact, but for maps that compute values between pixels: there 6 % of the values may be off by one.</summary>
    public static Tolerance ToleranceFor(GoldenFile file, string output) =>
        InterpolationOf(file.Config.Sections("ops")[int.Parse(output)]) == Interpolation.Nearest ? Tolerance.Exact : Tolerance.Exact.WithOutliers(0.06, 1);

    private static AugmentOperation OperationOf(GoldenConfig operation) => operation.Text("name") switch
    {
        // The two names of an operation differ only in how a magnitude becomes an argument; here the argument is given.
        var name when Enum.TryParse<AugmentOperation>(name.Replace("Increasing", ""), out var known) => known,
        var name => throw new FrugalException($"There is no operation '{name}'; there are {string.Join(", ", Enum.GetNames<AugmentOperation>())}."),
    };

    private static Interpolation InterpolationOf(GoldenConfig operation) => operation.TextOrNull("resample") switch
    {
        null or "nearest" => Interpolation.Nearest,
        "bilinear" => Interpolation.Bilinear,
        "bicubic" => Interpolation.Bicubic,
        var name => throw new FrugalException($"There is no interpolation '{name}'; there are nearest, bilinear and bicubic."),
    };
}
