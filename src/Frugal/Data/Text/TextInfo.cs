using static TorchSharp.torch;

namespace Frugal.Data.Text;

/// <summary>What a model must know of texts.</summary>
/// <param name="Task">What is asked about them.</param>
/// <param name="VocabularySize">Number of tokens that there are.</param>
/// <param name="Tokens">Tokens of an example, with padding.</param>
/// <param name="PaddingId">The token that fills what an example is too short for, or null where no example is.</param>
/// <param name="ClassNames">Names of the classes, in the order of their labels; none where tokens or places are asked for.</param>
public sealed record TextInfo(TextTask Task, int VocabularySize, int Tokens, int? PaddingId, IReadOnlyList<string> ClassNames) : DataInfo(ClassNames)
{
    /// <inheritdoc/>
    public override IReadOnlyList<long> InputShape => [Tokens];

    /// <inheritdoc/>
    public override TargetKind Targets => Task switch
    {
        TextTask.SequenceClassification => TargetKind.Label,
        TextTask.QuestionAnswering => TargetKind.Span,
        _ => TargetKind.Tokens,
    };

    /// <inheritdoc/>
    public override Tensor RandomInputs(long batch, Device device, Generator? generator = null) => randint(0, VocabularySize, [batch, Tokens], int64, generator: generator).to(device);
}
