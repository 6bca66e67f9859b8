using System.Globalization;

namespace Frugal.Data.Transforms;

/// <summary>A RandAugment recipe as timm writes it: <c>rand-m9-n2-mstd0.5-inc1-p0.5</c>, parts in any order, all but the first optional.</summary>
/// <param name="Magnitude">m: 0 to 100.</param>
/// <param name="Count">n: operations an image.</param>
/// <param name="Probability">p: chance that a drawn operation is applied.</param>
/// <param name="MagnitudeStd">mstd: standard deviation of the magnitude; infinite for a magnitude uniform between 0 and m (written as more than 100).</param>
/// <param name="MagnitudeMax">mmax: largest magnitude.</param>
/// <param name="IsIncreasing">inc: whether more magnitude always means a stronger change.</param>
internal sealed record RandAugmentRecipe(double Magnitude, int Count, double Probability, double MagnitudeStd, double MagnitudeMax, bool IsIncreasing)
{
    private const string Form = "rand-m9-n2-mstd0.5-inc1-p0.5";
    private const double UniformFrom = 100;

    /// <summary>Reads a recipe.</summary>
    /// <exception cref="FrugalException">It is not of this form; the message names the part.</exception>
    public static RandAugmentRecipe Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split('-');
        if (parts[0] != "rand")
            throw new FrugalException($"'{text}' is no RandAugment recipe: it must begin with 'rand', as in {Form}.");
        var recipe = new RandAugmentRecipe(10, 2, 0.5, 0, Severity.Full, false);
        var seen = new HashSet<string>();
        foreach (string part in parts.Skip(1))
        {
            int length = part.TakeWhile(char.IsAsciiLetter).Count();
            string name = part[..length];
            if (!double.TryParse(part[length..], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value))
                throw Wrong(text, part, "must be a name and a number");
            if (!seen.Add(name))
                throw Wrong(text, part, $"gives {name} a second time");
            recipe = recipe.With(name, value, text, part);
        }
        return recipe;
    }

    /// <summary>Draws the magnitude of one operation.</summary>
    public double DrawMagnitude(RandomStream random)
    {
        double magnitude = double.IsInfinity(MagnitudeStd) ? random.NextDouble(0, Magnitude)
            : MagnitudeStd > 0 ? Magnitude + MagnitudeStd * random.NextNormal()
            : Magnitude;
        return Math.Clamp(magnitude, 0, MagnitudeMax);
    }

    private RandAugmentRecipe With(string name, double value, string text, string part)
    {
        return name switch
        {
            "m" => this with { Magnitude = Within(0, 100) },
            "n" => this with { Count = Whole(1, 100) },
            "p" => this with { Probability = Within(0, 1) },
            "mstd" => this with { MagnitudeStd = value > UniformFrom ? double.PositiveInfinity : value },
            "mmax" => this with { MagnitudeMax = Within(0, 100) },
            "inc" => this with { IsIncreasing = Whole(0, 1) == 1 },
            _ => throw Wrong(text, part, "is unknown; there are m, n, p, mstd, mmax and inc"),
        };

        double Within(double low, double high) => value >= low && value <= high ? value : throw Wrong(text, part, $"must be between {low} and {high}");

        int Whole(int low, int high) => Within(low, high) is var number && number == Math.Floor(number) ? (int)number : throw Wrong(text, part, "must be a whole number");
    }

    private static FrugalException Wrong(string text, string part, string problem) =>
        new($"The part '{part}' of the RandAugment recipe '{text}' {problem}. A recipe looks like {Form}.");
}
