using System.Text.Json;
using Frugal.Interop;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>The form of texts as the post-processor of a <c>tokenizer.json</c>.</summary>
internal static class TemplateJson
{
    /// <summary>The form that a post-processor makes.</summary>
    /// <exception cref="FrugalException">It is of a kind that there is not, or does not say all.</exception>
    public static EncodingTemplate Read(PartJson? part, string source)
    {
        switch (part?.Type)
        {
            case null or "ByteLevel":
                return EncodingTemplate.Around(null, null);
            case "BertProcessing":
                return EncodingTemplate.Bert(Token(part.Cls, source), Token(part.Sep, source));
            case "RobertaProcessing":
                return EncodingTemplate.Roberta(Token(part.Cls, source), Token(part.Sep, source));
            case "TemplateProcessing":
                return new EncodingTemplate(Places(part.Single, source), Places(part.Pair, source));
            case "Sequence":
                PartJson[] inner = [.. (part.Processors ?? []).Where(processor => processor.Type != "ByteLevel")];
                return inner.Length <= 1 ? Read(inner.FirstOrDefault(), source) : throw new FrugalException($"{source}: its post-processor is a sequence of {inner.Length} that change the text; Frugal takes one.");
            default:
                throw new FrugalException($"{source}: the post-processor {Refusal.Quote(part.Type)} is not one that Frugal has.");
        }
    }

    /// <summary>The post-processor that makes a form.</summary>
    public static PartJson Write(EncodingTemplate template, Tokenizer tokenizer) => new()
    {
        Type = "TemplateProcessing",
        Single = [.. template.Single.Select(Place)],
        Pair = [.. template.Pair.Select(Place)],
        SpecialTokens = template.Specials.ToDictionary(token => token, token => new PartJson.SpecialJson(token, [tokenizer.IdOf(token)!.Value], [token])),
    };

    private static PartJson.PlaceJson Place(TemplatePart part) => part.Special is null
        ? new() { Sequence = new(part.Text == 0 ? "A" : "B", part.Segment) }
        : new() { SpecialToken = new(part.Special, part.Segment) };

    private static TemplatePart[] Places(IReadOnlyList<PartJson.PlaceJson>? places, string source) =>
    [
        .. (places ?? throw new FrugalException($"{source}: its post-processor lacks the form for one text or for a pair.")).Select(place => place switch
        {
            { SpecialToken: { Id: not null } special } => TemplatePart.Of(special.Id, special.TypeId),
            { Sequence: { Id: "A" } text } => TemplatePart.First(text.TypeId),
            { Sequence: { Id: "B" } text } => TemplatePart.Second(text.TypeId),
            _ => throw new FrugalException($"{source}: its post-processor has a place that is neither a special token nor the text A or B."),
        }),
    ];

    private static string Token(JsonElement? pair, string source) =>
        pair is { ValueKind: JsonValueKind.Array } array && array.GetArrayLength() == 2 && array[0].ValueKind == JsonValueKind.String
            ? array[0].GetString()!
            : throw new FrugalException($"{source}: its post-processor lacks a token with its id.");
}
