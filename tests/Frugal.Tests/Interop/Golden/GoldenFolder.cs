using Frugal.Interop;
using static TorchSharp.torch;

namespace Frugal.Tests.Interop.Golden;

/// <summary>Writes golden cases of <see cref="DoublingCase"/>.</summary>
internal static class GoldenFolder
{
    public static void Add(TemporaryFolder folder, string name, string config = """{"scale":2}""", double error = 0, string slug = "doubling")
    {
        using var scope = NewDisposeScope();
        Directory.CreateDirectory(folder.File(slug));
        var x = tensor(new float[] { 1, 2, 4 });
        SafetensorsWriter.Write(Path.Combine(folder.File(slug), name + ".safetensors"),
            [("in.x", x), ("param.w", tensor(3f)), ("out.y", x * 6 + error), ("out.count", tensor(3L))],
            new Dictionary<string, string> { ["config"] = config, ["source"] = "by hand", ["what"] = "y = scale x w" });
    }
}
