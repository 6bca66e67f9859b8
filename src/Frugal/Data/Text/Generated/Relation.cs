namespace Frugal.Data.Text.Generated;

/// <summary>Something that is told of a thing and can be asked for.</summary>
/// <param name="Values">What it may be; <c>#</c> stands for a number.</param>
/// <param name="Statements">Ways to tell it: <c>{e}</c> is the thing, <c>{v}</c> the value.</param>
/// <param name="Questions">Ways to ask for it.</param>
internal sealed record Relation(string[] Values, string[] Statements, string[] Questions);
