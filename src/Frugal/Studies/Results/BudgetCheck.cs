namespace Frugal.Studies.Results;

/// <summary>Holds arms that claim equal budgets to it.</summary>
internal static class BudgetCheck
{
    /// <summary>Compares the arms' values with the largest of them. An arm that failed has none, and says so itself.</summary>
    public static BudgetResult Of(EqualBudget budget, IReadOnlyList<ArmResult> arms)
    {
        var values = budget.Arms.Select(name => arms.Single(arm => arm.Name == name)).Where(arm => arm.Failure is null).ToDictionary(arm => arm.Name, arm => arm.Mean(budget.Metric));
        double largest = values.Values.Max() ?? 0;
        bool holds = values.Values.All(value => value is { } known && largest - known <= budget.Within * largest);
        return new BudgetResult(budget.Metric, values, budget.Within, holds);
    }
}
