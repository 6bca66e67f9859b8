namespace Frugal.Studies.Results;

/// <summary>Whether arms that claim equal budgets have them.</summary>
/// <param name="Metric">The budget, e.g. <c>parameters</c>.</param>
/// <param name="Values">Its value in each arm that did not fail; null where it was not measured.</param>
/// <param name="Within">Largest relative difference allowed.</param>
/// <param name="Holds">True when all values are known and within that difference of the largest.</param>
public sealed record BudgetResult(string Metric, IReadOnlyDictionary<string, double?> Values, double Within, bool Holds);
