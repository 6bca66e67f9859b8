namespace Frugal.Catalogue.Binding;

/// <summary>Turns the exception of a setter or constructor into words about the option as the person wrote it.</summary>
internal static class Refused
{
    /// <summary>
    /// <c>FinalSparsity must be between 0 and 1, got 1.5 (Parameter 'FinalSparsity')</c> becomes <c>`final-sparsity` must be between 0 and 1, got 1.5</c>.
    /// </summary>
    public static string Message(Exception refusal, EntryOption option, string name)
    {
        string reason = Reason(refusal);
        foreach (string spelled in new[] { option.Property.Name, option.Parameter?.Name ?? "" })
            if (spelled.Length > 0 && reason.StartsWith(spelled + " ", StringComparison.Ordinal))
                return $"`{name}`{reason[spelled.Length..]}";
        return reason.Contains($"`{name}`", StringComparison.Ordinal) ? reason : $"`{name}`: {reason}";
    }

    /// <summary>The exception's message without what .NET appends to it.</summary>
    public static string Reason(Exception refusal)
    {
        string message = refusal.Message;
        int appended = refusal is ArgumentException ? message.IndexOf(" (Parameter '", StringComparison.Ordinal) : -1;
        return appended < 0 ? message : message[..appended];
    }
}
