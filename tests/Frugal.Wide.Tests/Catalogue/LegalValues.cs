using System.Globalization;
using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;

namespace Frugal.Wide.Tests.Catalogue;

/// <summary>Values that an option takes, made from its type and range alone, for the tests that run over the whole catalogue.</summary>
internal static class LegalValues
{
    /// <summary>
    /// For the types that are read from one word: a value that is no option's default. A type that is missing here fails the catalogue-wide tests.
    /// </summary>
    private static readonly Dictionary<string, string> words = new()
    {
        [nameof(Duration)] = "3ep",
        ["ImageSize"] = "24x48",
        ["PackedArrayShape"] = "values:float32:3",
        ["BlockPattern"] = "8x1",
        ["NofMPattern"] = "1:4",
        ["CellEdge"] = "dil-conv3:1",
        ["CodecStage"] = "8k3s1p1",
        ["ExampleRange"] = "10..20",
        ["Claim"] = "a.accuracy >= b.accuracy - 0.125",
    };

    /// <summary>For texts that have a grammar of their own, by entry and option.</summary>
    private static readonly Dictionary<(string Entry, string Option), string> texts = new()
    {
        [("rand-augment", "recipe")] = "rand-m7-n3-mstd0.5",
        [("mixture-of-attention", "router")] = "switch",
    };

    /// <summary>Options that must fit another one when that is set, with the value in the place of <c>VALUE</c>: groups divide the channels or inputs, and no more filters are kept than there are.</summary>
    private static readonly Dictionary<(string Entry, string Option), string> companions = new()
    {
        [("dense-shift-conv2d", "groups")] = "{ in-channels: VALUE, out-channels: VALUE, kernel-size: [ 1 ] }",
        [("binary-attention", "num-heads")] = "{ dim: VALUE }",
        [("slorb-linear", "group")] = "{ in-features: VALUE }",
        [("slim-conv2d", "num-kept")] = "{ out-channels: VALUE }",
        [("slim-conv2d", "out-channels")] = "{ num-kept: VALUE }",
        [("pre-gating-router", "dim")] = "{ num-heads: 1 }",
        [("pre-gating-router", "num-heads")] = "{ dim: VALUE }",
        [("mixture-of-attention", "dim")] = "{ num-heads: 1 }",
        [("mixture-of-attention", "num-heads")] = "{ head-dim: 2 }",
        [("mixture-of-attention", "key-value-heads")] = "{ num-heads: VALUE, head-dim: 2 }",
        [("discrete-keys", "projection")] = "{ dim: 128 }",
        [("key-value-bottleneck", "projection")] = "{ dim: 128 }",
        [("switch-head", "num-heads")] = "{ dim: VALUE }",
        [("sparse-conv2d", "groups")] = "{ in-channels: VALUE, out-channels: VALUE, kernel-size: [ 1 ] }",
        [("shift-conv2d", "groups")] = "{ in-channels: VALUE, out-channels: VALUE, kernel-size: [ 1 ] }",
    };

    /// <summary>A legal value of an option that is not its default.</summary>
    public static DocumentNode Other(CatalogueIndex catalogue, CatalogueEntry entry, EntryOption option) => texts.TryGetValue((entry.Name, option.Name), out string? text)
        ? DocumentScalar.OfText(text)
        : Other(catalogue, option.Shape, option.Range, entry.Defaults.GetValueOrDefault(option));

    /// <summary>A document of the entry with what must be given, and nothing else.</summary>
    public static DocumentNode Minimal(CatalogueIndex catalogue, CatalogueEntry entry)
    {
        var required = entry.Options.Where(option => option.IsRequired).Select(option => new DocumentMember(option.Name, Other(catalogue, entry, option)));
        return With(entry, [.. required]);
    }

    /// <summary>The same with one option set.</summary>
    public static DocumentNode With(CatalogueIndex catalogue, CatalogueEntry entry, EntryOption option, DocumentNode value)
    {
        var options = Minimal(catalogue, entry) is DocumentMapping { Members: [{ Value: DocumentMapping given }] } ? given : new DocumentMapping([]);
        if (companions.TryGetValue((entry.Name, option.Name), out string? companion) && value is DocumentScalar scalar)
        {
            string fitting = Math.Clamp(scalar.AsNumber ?? 1, 1, 65_536).ToString(CultureInfo.InvariantCulture);
            options = ((DocumentMapping)YamlReader.Parse(companion.Replace("VALUE", fitting, StringComparison.Ordinal), "companions")).Members.Aggregate(options, (all, other) => all.With(other.Name, other.Value));
        }
        return With(entry, options.With(option.Name, value).Members);
    }

    private static DocumentNode Other(CatalogueIndex catalogue, OptionShape shape, RangeAttribute? range, object? than) => shape switch
    {
        OptionShape.Scalar { IsWhole: true } => new DocumentScalar(OtherWhole(range, than is null ? null : Convert.ToInt64(than, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture)),
        OptionShape.Scalar { IsNumber: true } => DocumentScalar.OfNumber(OtherNumber(range, than is null ? null : Convert.ToDouble(than, CultureInfo.InvariantCulture))),
        OptionShape.Scalar { Type: var type } when type == typeof(bool) => new DocumentScalar(than is true ? "false" : "true"),
        OptionShape.Scalar { Type: var type } when type == typeof(string) => DocumentScalar.OfText("other"),
        OptionShape.Scalar { Type: var type } => words.TryGetValue(type.Name, out string? word)
            ? new DocumentScalar(word)
            : throw new InvalidOperationException($"add a sample of {type.Name} to {nameof(LegalValues)}"),
        OptionShape.Choice choice => new DocumentScalar(choice.Values.FirstOrDefault(value => than is null || value != KebabCase.Of(than.ToString()!), choice.Values[0])),
        OptionShape.List list => new DocumentList([Other(catalogue, list.Item, range, than is System.Collections.IEnumerable items ? items.Cast<object>().FirstOrDefault() : null)]),
        OptionShape.Map map => DocumentMapping.Of("some-name", Other(catalogue, map.Value, range, null)),
        OptionShape.Entry kind => Minimal(catalogue, catalogue.Of(kind.Type).OrderBy(entry => entry.Type == than?.GetType()).ThenBy(entry => entry.Options.Count(option => option.IsRequired)).ThenBy(entry => entry.Options.Count).First()),
        OptionShape.Group group => new DocumentMapping([.. EntryOption.Of(group.Type).Where(option => option.IsRequired || option.Shape is OptionShape.Scalar).Select(option =>
            new DocumentMember(option.Name, Other(catalogue, option.Shape, option.Range, than is null ? null : option.ValueOn(than))))]),
        _ => throw new NotSupportedException(shape.ToString()),
    };

    /// <summary>Numbers just outside a range, and the ones at its ends.</summary>
    public static IEnumerable<(DocumentScalar Value, bool IsLegal)> Around(OptionShape.Scalar shape, RangeAttribute range)
    {
        foreach (var (end, isOpen, outwards) in new[] { (range.Low, range.AboveLow, -1.0), (range.High, range.BelowHigh, 1.0) })
        {
            if (!double.IsFinite(end) || Math.Abs(end) >= long.MaxValue)
                continue;
            double step = shape.IsWhole ? 1 : Math.Max(Math.Abs(end) * 1e-6, 1e-6);
            yield return (Scalar(shape, end), !isOpen);
            yield return (Scalar(shape, end + outwards * step), false);
            if (isOpen)
                yield return (Scalar(shape, end - outwards * step), true);
        }
        if (!shape.IsWhole && double.IsFinite(range.High))
            yield return (new DocumentScalar(".inf"), false);
    }

    private static DocumentScalar Scalar(OptionShape.Scalar shape, double number) =>
        shape.IsWhole ? new(((decimal)number).ToString(CultureInfo.InvariantCulture)) : DocumentScalar.OfNumber(number);

    private static long OtherWhole(RangeAttribute? range, long? than)
    {
        long low = range is null || range.Low <= long.MinValue ? -1_000 : (long)Math.Ceiling(range.Low) + (range.AboveLow ? 1 : 0);
        long high = range is null || range.High >= long.MaxValue ? long.MaxValue : (long)Math.Floor(range.High) - (range.BelowHigh ? 1 : 0);
        long wanted = than is { } value ? value + 1 : Math.Clamp(3, low, high);
        return wanted > high ? wanted - 2 : wanted;
    }

    private static double OtherNumber(RangeAttribute? range, double? than)
    {
        double low = range is { Low: var l } && double.IsFinite(l) ? l : Math.Min(0, than ?? 0) - 1;
        double high = range is { High: var h } && double.IsFinite(h) ? h : Math.Max(low, than is { } value && double.IsFinite(value) ? value : 0) + 1;
        return new[] { 0.3, 0.6 }.Select(share => low + (high - low) * share).First(number => number != than);
    }

    private static DocumentNode With(CatalogueEntry entry, IReadOnlyList<DocumentMember> options) =>
        options.Count == 0 ? new DocumentScalar(entry.Name) : DocumentMapping.Of(entry.Name, new DocumentMapping(options));
}
