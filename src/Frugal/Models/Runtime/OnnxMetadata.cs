using System.Globalization;
using System.Text.Json;
using Frugal.Data;

namespace Frugal.Models.Runtime;

/// <summary>What a file says of the model beside its computation, so that whoever runs it knows the classes and how to normalise images.</summary>
internal static class OnnxMetadata
{
    public static Dictionary<string, string> Of(Model model, DataInfo info)
    {
        var metadata = new Dictionary<string, string> { ["model"] = model.GetName(), ["class_names"] = JsonSerializer.Serialize(info.ClassNames) };
        if (info is ImageInfo images)
        {
            metadata["mean"] = string.Join(',', images.Mean.Select(mean => mean.ToString(CultureInfo.InvariantCulture)));
            metadata["std"] = string.Join(',', images.Std.Select(std => std.ToString(CultureInfo.InvariantCulture)));
        }
        return metadata;
    }
}
