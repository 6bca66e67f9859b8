namespace Frugal.Graphs;

/// <summary>A model cannot be captured, counted or exported; the message names the operator, the module and the shapes.</summary>
public sealed class GraphException : FrugalException
{
    /// <param name="message">What was wrong, where in the model, and what would be right.</param>
    public GraphException(string message) : base(message) { }

    /// <param name="message">What was wrong, where in the model, and what would be right.</param>
    /// <param name="inner">The failure underneath.</param>
    public GraphException(string message, Exception? inner) : base(message, inner) { }
}
