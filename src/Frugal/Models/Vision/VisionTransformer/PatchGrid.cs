namespace Frugal.Models.Vision;

/// <summary>How an image is cut into patches.</summary>
/// <param name="PatchSize">Side of a patch in pixels.</param>
/// <param name="Rows">Patches from top to bottom.</param>
/// <param name="Columns">Patches from left to right.</param>
internal readonly record struct PatchGrid(int PatchSize, int Rows, int Columns)
{
    private const int MostPatchesByDefault = 64;

    /// <summary>Number of patches.</summary>
    public int Count => Rows * Columns;

    /// <summary>The grid for an image size; without a patch size, the finest one of at most 64 patches.</summary>
    /// <exception cref="FrugalException">The patch does not divide the image's sides, or no patch does.</exception>
    public static PatchGrid For(ImageSize image, int? patchSize)
    {
        if (patchSize is { } given)
        {
            return Divides(given, image)
                ? Cut(image, given)
                : throw new FrugalException($"vit: a patch of {given} pixels does not divide images of {image}; set patch-size to a divisor of both sides, or image-size");
        }
        int smallestSide = Math.Min(image.Height, image.Width);
        for (int patch = 1; patch < smallestSide; patch++)
        {
            if (Divides(patch, image) && Cut(image, patch).Count <= MostPatchesByDefault)
                return Cut(image, patch);
        }
        throw new FrugalException($"vit: images of {image} cannot be cut into square patches, at most {MostPatchesByDefault} of them; resize them, or set patch-size");
    }

    private static bool Divides(int patch, ImageSize image) => image.Height % patch == 0 && image.Width % patch == 0;

    private static PatchGrid Cut(ImageSize image, int patch) => new(patch, image.Height / patch, image.Width / patch);
}
