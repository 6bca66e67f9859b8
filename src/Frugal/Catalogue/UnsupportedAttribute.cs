namespace Frugal.Catalogue;

/// <summary>States why an entry cannot take part in one of the catalogue-wide checks; the reason is printed on its page.</summary>
/// <param name="check">Name of the check, e.g. <c>resume</c>, <c>onnx</c>, <c>pack</c>.</param>
/// <param name="reason">Why it has no meaning for this entry.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false, AllowMultiple = true)]
public sealed class UnsupportedAttribute(string check, string reason) : Attribute
{
    /// <summary>Name of the check.</summary>
    public string Check { get; } = check;

    /// <summary>Why the check has no meaning for this entry.</summary>
    public string Reason { get; } = reason;
}
