using Frugal.Catalogue;
using Frugal.Catalogue.Documents;

namespace Frugal.Models;

/// <summary>timm's names for the arguments of a model, where they are not ours.</summary>
internal static class TimmArguments
{
    private static readonly Dictionary<string, string> ours = new()
    {
        ["img_size"] = "image_size",
        ["in_chans"] = "in_channels",
        ["qkv_bias"] = "has_qkv_bias",
        ["attn_drop_rate"] = "attention_drop_rate",
        ["global_pool"] = "pooling",
        ["layers"] = "depths",
    };

    /// <summary>The arguments under our names. Those about pooling are left out where the architecture has but one way.</summary>
    public static DocumentMapping ToOurs(DocumentMapping arguments, CatalogueEntry entry)
    {
        bool hasPooling = entry.Options.Any(option => option.Name == "pooling");
        return new(
            [
                .. from argument in arguments.Members
                   where hasPooling || argument.Name != "global_pool"
                   select argument with { Name = ours.GetValueOrDefault(argument.Name, argument.Name), Value = ValueOf(argument) },
            ],
            arguments.Mark);
    }

    /// <summary>timm's name for one of our options, in snake case.</summary>
    public static string ToTimm(string option) => ours.FirstOrDefault(pair => pair.Value == option).Key ?? option;

    private static DocumentNode ValueOf(DocumentMember argument) => argument switch
    {
        { Name: "img_size", Value: DocumentList { Items: [DocumentScalar height, DocumentScalar width] } } => new DocumentScalar($"{height.Text}x{width.Text}", false, argument.Value.Mark),
        { Name: "global_pool", Value: DocumentScalar { Text: "avg" } pool } => new DocumentScalar("average", false, pool.Mark),
        _ => argument.Value,
    };
}
