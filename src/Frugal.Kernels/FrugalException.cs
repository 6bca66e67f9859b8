namespace Frugal;

/// <summary>
/// An error that a person can mend: the message says what was wrong, where, and what would be right.
/// Everything Frugal refuses on purpose is of this type or derived from it; any other exception is a fault of ours.
/// </summary>
public class FrugalException : Exception
{
    /// <param name="message">What was wrong, where, and what would be right.</param>
    public FrugalException(string message) : base(message) { }

    /// <param name="message">What was wrong, where, and what would be right.</param>
    /// <param name="inner">The failure underneath.</param>
    public FrugalException(string message, Exception? inner) : base(message, inner) { }
}
