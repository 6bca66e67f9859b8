namespace Frugal.Data.Text.Generated;

/// <summary>Draws one of several, each equally likely.</summary>
internal static class Choice
{
    public static string Of(string[] choices, RandomStream random) => choices[random.NextInt(choices.Length)];
}
