namespace Frugal.Training.Methods.Nested;

/// <summary>Which of the nested networks an update trains.</summary>
public enum NestedObjective
{
    /// <summary>One of them, drawn anew for each update; it costs as much as an average one.</summary>
    Sampled,

    /// <summary>All of them, on the same batch: their gradients are added up before the one update.</summary>
    Joint,
}
