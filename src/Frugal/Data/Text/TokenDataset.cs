using System.Runtime.InteropServices;
using System.Security.Cryptography;
using static TorchSharp.torch;

namespace Frugal.Data.Text;

/// <summary>Texts as token ids, all of one length, with what is asked about them.</summary>
public abstract class TokenDataset : Dataset
{
    /// <inheritdoc/>
    public abstract override TextInfo Info { get; }

    /// <summary>Writes an example.</summary>
    /// <param name="index">Its position.</param>
    /// <param name="random">The stream of this example in this epoch, for data that hides tokens at random.</param>
    /// <param name="tokens">Where its token ids go, as many as an example has.</param>
    /// <param name="targets">Where its targets go: its label, or one for each token, or the first and the last token of its span.</param>
    public abstract void Write(int index, RandomStream random, Span<long> tokens, Span<long> targets);

    /// <summary>Begins to judge a model by more than accuracy and loss; null where there is no more.</summary>
    public virtual ITextScore? StartScore() => null;

    /// <inheritdoc/>
    public override int Label(int index) => 0;

    /// <inheritdoc/>
    public override Dataset Choose(IReadOnlyList<int> indices) => new ChosenTokens(this, indices);

    /// <summary>Examples as tensors.</summary>
    /// <param name="indices">Their positions.</param>
    /// <param name="epoch">The epoch, which random choices depend on.</param>
    /// <param name="random">Streams of the run; <c>tokens</c> is drawn from, by epoch and example.</param>
    internal Batch Assemble(IReadOnlyList<int> indices, long epoch, RandomStreams random)
    {
        int length = Info.Tokens, asked = AskedLength;
        var inputs = empty(indices.Count, length, int64);
        var targets = Info.Targets == TargetKind.Label ? empty(indices.Count, int64) : empty(indices.Count, asked, int64);
        var ids = MemoryMarshal.Cast<byte, long>(inputs.bytes);
        var labels = MemoryMarshal.Cast<byte, long>(targets.bytes);
        for (int position = 0; position < indices.Count; position++)
            Write(indices[position], random.At("tokens", epoch, indices[position]), ids.Slice(position * length, length), labels.Slice(position * asked, asked));
        return new Batch(inputs, targets, indices);
    }

    /// <summary>A hash of all tokens and targets.</summary>
    internal string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var streams = new RandomStreams(0);
        long[] numbers = new long[Info.Tokens + AskedLength];
        for (int index = 0; index < Count; index++)
        {
            Write(index, streams.At("tokens", 0, index), numbers.AsSpan(0, Info.Tokens), numbers.AsSpan(Info.Tokens));
            hash.AppendData(MemoryMarshal.AsBytes(numbers.AsSpan()));
        }
        return Fingerprint.Short(hash.GetHashAndReset());
    }

    /// <summary>Numbers of an example that the model is to give.</summary>
    internal int AskedLength => Info.Targets switch { TargetKind.Tokens => Info.Tokens, TargetKind.Span => 2, _ => 1 };

    private sealed class ChosenTokens(TokenDataset source, IReadOnlyList<int> indices) : TokenDataset
    {
        public override int Count => indices.Count;

        public override TextInfo Info => source.Info;

        public override int Label(int index) => source.Label(indices[index]);

        public override string Name(int index) => source.Name(indices[index]);

        public override ITextScore? StartScore() => source.StartScore() is { } score ? new ChosenScore(score, indices) : null;

        public override void Write(int index, RandomStream random, Span<long> tokens, Span<long> targets) => source.Write(indices[index], random, tokens, targets);
    }

    private sealed class ChosenScore(ITextScore score, IReadOnlyList<int> indices) : ITextScore
    {
        public void Add(IReadOnlyList<int> examples, Tensor outputs) => score.Add([.. examples.Select(example => indices[example])], outputs);

        public IReadOnlyDictionary<string, double> Result() => score.Result();
    }
}
