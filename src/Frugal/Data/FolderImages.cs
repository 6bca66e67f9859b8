using Frugal.Data.Files;
using Frugal.Data.Transforms;

namespace Frugal.Data;

/// <summary>Images in files, decoded when they are asked for.</summary>
/// <param name="folder">The folder that the names are relative to.</param>
/// <param name="files">Names and labels.</param>
/// <param name="info">Size and classes.</param>
/// <param name="cropShare">Share of the shorter side that the centre crop keeps.</param>
internal sealed class FolderImages(string folder, IReadOnlyList<(string Name, int Label)> files, ImageInfo info, double cropShare) : ImageDataset
{
    public override int Count => files.Count;

    public override ImageInfo Info => info;

    public override int Label(int index) => files[index].Label;

    public override string Name(int index) => files[index].Name;

    public override Image Read(int index) => ImageDecoder.Decode(Path.Combine(folder, files[index].Name));

    // timm's evaluation: the shorter side to size / share, then the centre.
    public override Image Fit(Image image) => image.Height == info.Height && image.Width == info.Width
        ? image
        : Cropping.Centre(
            Resampling.ResizeShorter(image, Math.Max(info.Height, (int)(info.Height / cropShare)), Interpolation.Bicubic), info.Height, info.Width);
}
