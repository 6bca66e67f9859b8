namespace Frugal.Cli;

/// <summary>The command line asks for something that there is not: ends in exit code 2.</summary>
internal sealed class UsageException : FrugalException
{
    public UsageException(string message) : base(message) { }
}
