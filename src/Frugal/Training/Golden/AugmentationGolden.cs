using Frugal.Data.Mixing;
using Frugal.Data.Transforms;
using Frugal.Interop;

namespace Frugal.Training;

/// <summary>The golden cases of the augmentation and recipe sheet. Which part of it a file is about follows from its configuration.</summary>
internal sealed class AugmentationGolden : GoldenCase
{
    public override string Slug => "augmentation";

    public override GoldenOutputs Run(GoldenFile file)
    {
        if (IsRandAugment(file))
            return RandAugmentGolden.Run(file);
        if (IsMixing(file))
            return MixingGolden.Run(file);
        if (file.Config.Has("schedule"))
            return RecipeGolden.Run(file);
        throw new FrugalException($"The config of {file.Path} is about neither mixing (lam_mix), RandAugment (ops) nor the recipe (schedule).");
    }

    public override Tolerance ToleranceFor(GoldenFile file, string output)
    {
        if (IsRandAugment(file))
            return RandAugmentGolden.ToleranceFor(file, output);
        return Tolerance.Absolute(1e-6);
    }

    private static bool IsRandAugment(GoldenFile file) => file.Config.Has("ops");

    private static bool IsMixing(GoldenFile file) => file.Config.Has("lam_mix");
}
