using System.Reflection;
using Frugal.Catalogue.Documents;
using Frugal.Data;
using Frugal.Data.Text;

namespace Frugal.Studies;

/// <summary>The studies that <c>frugal compare</c> runs when no file is named.</summary>
public static class EmbeddedStudies
{
    /// <summary>For small grey images: the digits that need no download.</summary>
    public const string Quickstart = "quickstart";

    /// <summary>For colour images.</summary>
    public const string Images = "images";

    /// <summary>For texts.</summary>
    public const string Texts = "texts";

    /// <summary>The study that fits the data.</summary>
    public static string NameFor(DataInfo data) => data switch
    {
        TextInfo => Texts,
        ImageInfo { Channels: 1 } => Quickstart,
        _ => Images,
    };

    /// <summary>
    /// The data as the studies' small networks need it: a folder of images whose size nobody gave is brought to 32 pixels, not to the 224 of published weights, with which an arm would
    /// take an hour.
    /// </summary>
    /// <param name="data">The data as written on the command line.</param>
    public static string DataFor(string data) => data == "image-folder" ? "{ image-folder: { size: 32 } }" : data;

    /// <summary>One of the studies, as written.</summary>
    public static DocumentMapping Read(string name)
    {
        string resource = $"studies/{name}.yaml";
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)
            ?? throw new ArgumentException($"There is no study '{name}' inside the library.", nameof(name));
        using var reader = new StreamReader(stream);
        return (DocumentMapping)YamlReader.Parse(reader.ReadToEnd(), resource);
    }
}
