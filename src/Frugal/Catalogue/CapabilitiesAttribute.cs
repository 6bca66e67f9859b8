namespace Frugal.Catalogue;

/// <summary>What an entry works on and combines with: the source of <c>frugal methods NAME</c> and of the capability page.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class CapabilitiesAttribute : Attribute
{
    /// <summary>Module types it acts on, e.g. <c>Linear</c>, <c>Conv2d</c>; empty when it does not act on modules.</summary>
    public string[] WorksOn { get; init; } = [];

    /// <summary>Short names of entries it is meant to be stacked with.</summary>
    public string[] CombinesWith { get; init; } = [];

    /// <summary>True when it reads training data.</summary>
    public bool NeedsData { get; init; }

    /// <summary>True when the shapes or number of parameters change.</summary>
    public bool ChangesShapes { get; init; }

    /// <summary>Name of the packed form that makes it fast at inference, or null when ordinary layers run it as fast.</summary>
    public string? PackedForm { get; init; }
}
