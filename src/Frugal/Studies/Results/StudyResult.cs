using Frugal.Native;
using Frugal.Studies.Claims;
using Frugal.Studies.Papers;

namespace Frugal.Studies.Results;

/// <summary>What came of a study: everything a report shows.</summary>
public sealed record StudyResult
{
    /// <summary>Name of the study.</summary>
    public required string Name { get; init; }

    /// <summary>What the study asks, in a sentence.</summary>
    public required string Title { get; init; }

    /// <summary>The data, as written in the study, e.g. <c>digits</c>.</summary>
    public required string Data { get; init; }

    /// <summary>Name of the arm that ratios are against.</summary>
    public required string Baseline { get; init; }

    /// <summary>Seeds of the runs.</summary>
    public required IReadOnlyList<long> Seeds { get; init; }

    /// <summary>The arms, in the order of the study.</summary>
    public required IReadOnlyList<ArmResult> Arms { get; init; }

    /// <summary>The claims, judged.</summary>
    public required IReadOnlyList<ClaimVerdict> Claims { get; init; }

    /// <summary>Whether arms that claim equal budgets have them.</summary>
    public required IReadOnlyList<BudgetResult> Budgets { get; init; }

    /// <summary>The machine that ran it.</summary>
    public required MachineInfo Machine { get; init; }

    /// <summary>When the study ended.</summary>
    public required DateTimeOffset Finished { get; init; }

    /// <summary>The paper whose claim the study tests, or null.</summary>
    public PaperInfo? Paper { get; init; }

    /// <summary>The arm that ratios are against.</summary>
    public ArmResult BaselineArm => Arms.Single(arm => arm.Name == Baseline);
}
