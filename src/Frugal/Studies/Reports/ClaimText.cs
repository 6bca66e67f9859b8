using System.Globalization;
using Frugal.Studies.Claims;

namespace Frugal.Studies.Reports;

/// <summary>What was measured for a claim, in words.</summary>
public static class ClaimText
{
    /// <summary>Both sides and the spread of their gap over seeds, or why the claim is unknown.</summary>
    public static string Detail(ClaimVerdict verdict)
    {
        if (verdict.Reason is { } reason)
            return reason;
        string sides = $"{Number(verdict.Left!.Value)} against {Number(verdict.Right!.Value)}";
        return verdict.Spread is { } spread ? $"{sides}, gap ± {Number(spread)} over seeds" : sides;
    }

    private static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
