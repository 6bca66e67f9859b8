namespace Frugal.Data.Text.Generated;

/// <summary>What a domain's contexts speak of, in words of its own.</summary>
/// <param name="Name">Its name.</param>
/// <param name="First">First parts of the things' names.</param>
/// <param name="Second">Second parts.</param>
/// <param name="Relations">What is told of a thing.</param>
/// <param name="Asides">Sentences that answer nothing.</param>
internal sealed record QuestionDomain(string Name, string[] First, string[] Second, Relation[] Relations, string[] Asides);
