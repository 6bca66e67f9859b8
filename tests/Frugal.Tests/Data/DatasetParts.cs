using Frugal.Data;

namespace Frugal.Tests.Data;

/// <summary>What a test knows of the data it made, which its type does not say.</summary>
internal static class DatasetParts
{
    public static ImageDataset Images(this Dataset data) => (ImageDataset)data;

    public static ImageInfo Images(this DataInfo info) => (ImageInfo)info;
}
