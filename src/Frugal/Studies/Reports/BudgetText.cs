using Frugal.Studies.Results;
using static System.FormattableString;

namespace Frugal.Studies.Reports;

/// <summary>Budgets that are not equal, in words.</summary>
public static class BudgetText
{
    /// <summary>Arms with the same value that are named one by one.</summary>
    private const int MostNamed = 3;

    /// <summary>What should be equal, and each value with its arms: the names of a few, or the number of many.</summary>
    public static string Of(BudgetResult budget)
    {
        ArgumentNullException.ThrowIfNull(budget);
        var values = budget.Values.GroupBy(value => Quantity.Count(value.Value)).OrderByDescending(group => group.Count())
            .Select(group => $"{group.Key} in {(group.Count() > MostNamed ? $"{group.Count()} arms" : string.Join(" and ", group.Select(value => value.Key)))}");
        return Invariant($"{budget.Metric} should be equal within {budget.Within:P0}, but is {string.Join(", ", values)}");
    }
}
