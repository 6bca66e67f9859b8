namespace Frugal.Graphs;

/// <summary>Where a tensor of the captured computation comes from.</summary>
public enum ValueRole
{
    /// <summary>An operator's result.</summary>
    Computed,

    /// <summary>Handed to the model by the caller.</summary>
    Input,

    /// <summary>A registered parameter or buffer of the model.</summary>
    Parameter,

    /// <summary>Made inside <c>forward</c> without an operator, e.g. from a C# array.</summary>
    Constant,
}
