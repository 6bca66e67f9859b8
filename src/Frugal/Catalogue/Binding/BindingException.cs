namespace Frugal.Catalogue.Binding;

/// <summary>A document that cannot be turned into objects, with everything found wrong with it so that one round of editing is enough.</summary>
public sealed class BindingException : FrugalException
{
    /// <summary>Errors that are reported; the ones after it are counted.</summary>
    internal const int MostReported = 10;

    internal BindingException(IReadOnlyList<BindingError> errors) : base(MessageOf(errors)) => Errors = [.. errors.Take(MostReported)];

    /// <summary>What was wrong, at most ten errors, in the order of the document.</summary>
    public IReadOnlyList<BindingError> Errors { get; }

    private static string MessageOf(IReadOnlyList<BindingError> errors)
    {
        string text = string.Join('\n', errors.Take(MostReported));
        return errors.Count > MostReported ? $"{text}\n... and {errors.Count - MostReported} more" : text;
    }
}
