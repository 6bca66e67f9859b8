using Frugal.Data.Text;

namespace Frugal.Testing;

/// <summary>Texts of eight tokens made from their number: four classes that a token tells, or sequences in which each token tells the next.</summary>
public sealed class TinyTexts(TextTask task, int count, int stream = 0) : TokenDataset
{
    public const int Vocabulary = 20, Length = 8, Classes = 4;

    public override int Count => count;

    public override TextInfo Info { get; } = new(task, Vocabulary, Length, PaddingId: 0, task == TextTask.SequenceClassification ? ["a", "b", "c", "d"] : []);

    public override int Label(int index) => task == TextTask.SequenceClassification ? index % Classes : 0;

    public override void Write(int index, RandomStream random, Span<long> tokens, Span<long> targets)
    {
        var made = new RandomStream((ulong)(index + 1_000_003 * stream) + 1000);
        int length = task == TextTask.SequenceClassification ? 5 + made.NextInt(4) : Length, first = made.NextInt(Vocabulary - 1);
        for (int i = 0; i < Length; i++)
            tokens[i] = i >= length ? 0 : task == TextTask.SequenceClassification ? 6 + made.NextInt(Vocabulary - 6) : 1 + (first + i) % (Vocabulary - 1);
        if (task == TextTask.SequenceClassification)
        {
            tokens[1 + made.NextInt(length - 1)] = 1 + Label(index);
            targets[0] = Label(index);
            return;
        }
        for (int i = 0; i < Length; i++)
            targets[i] = 1 + (first + i + 1) % (Vocabulary - 1);
    }
}
