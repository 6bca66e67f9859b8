using System.Text;
using Frugal.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>The golden case of BERT's tokenisation: texts cased and uncased, and consecutive pairs of them.</summary>
internal sealed class WordPieceGolden : GoldenCase
{
    private const char Between = '\u001E';

    public override string Slug => "retrieval-reference";

    public override bool Has(string name) => name == "wordpiece";

    public override GoldenOutputs Run(GoldenFile file)
    {
        var vocabulary = VocabularyFile.Parse(BytesOf(file, "vocab"), $"the vocabulary of {file.Path}");
        string[] texts = Encoding.UTF8.GetString(BytesOf(file, "texts")).Split(Between);
        var special = SpecialTokens.Bert;
        WordPieceTokenizer Make(bool lowerCase) => new(vocabulary, special, null, []) { LowerCase = lowerCase, MaxWordLength = file.Config.Int("max_input_chars_per_word") };
        var (cased, uncased) = (Make(false), Make(true));
        EncodedText[] pairs = [.. texts.Chunk(2).Select(pair => uncased.EncodePair(pair[0], pair[1], file.Config.Int("pair_max_length"), Truncation.LongestFirst))];
        var outputs = new GoldenOutputs
        {
            { "pair.ids", Joined(pairs.Select(pair => pair.Ids)) },
            { "pair.types", Joined(pairs.Select(pair => pair.SegmentIds)) },
            { "pair.lengths", Lengths(pairs.Select(pair => pair.Ids)) },
        };
        foreach (var (name, tokenizer) in new[] { ("cased", cased), ("uncased", uncased) })
        {
            IReadOnlyList<int>[] ids = [.. texts.Select(tokenizer.Encode)];
            outputs.Add($"ids.{name}", Joined(ids));
            outputs.Add($"lengths.{name}", Lengths(ids));
        }
        return outputs;
    }

    private static byte[] BytesOf(GoldenFile file, string input) => file.In(input).data<byte>().ToArray();

    private static Tensor Joined(IEnumerable<IReadOnlyList<int>> lists) => tensor(lists.SelectMany(list => list).Select(id => (long)id).ToArray());

    private static Tensor Lengths(IEnumerable<IReadOnlyList<int>> lists) => tensor(lists.Select(list => (long)list.Count).ToArray());
}
