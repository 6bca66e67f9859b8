using Frugal.Interop;

namespace Frugal.Tests.Interop.Golden;

/// <summary>A method for the walker's tests: y = scale · x · w; the config can ask for every way to fail.</summary>
public sealed class DoublingCase : GoldenCase
{
    /// <summary>A case of the method that no build has yet.</summary>
    public const string Lacking = "lacking";

    public override string Slug => "doubling";

    public override bool Has(string name) => name != Lacking;

    public override GoldenOutputs Run(GoldenFile file)
    {
        switch (file.Config.TextOrNull("behaviour"))
        {
            case "crash":
                throw new InvalidOperationException("a fault of ours");
            case "refuse":
                throw new FrugalException("no such variant");
            case "forget":
                return [];
        }
        var y = file.In("x") * file.Param("w") * file.Config.Double("scale");
        return new GoldenOutputs { ["y"] = y, ["count"] = y.numel() };
    }

    public override Tolerance ToleranceFor(GoldenFile file, string output) =>
        file.Case == "loose" && output == "y" ? Tolerance.Relative(0.5) : base.ToleranceFor(file, output);
}
