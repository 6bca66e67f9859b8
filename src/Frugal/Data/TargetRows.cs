using static TorchSharp.torch;

namespace Frugal.Data;

/// <summary>Outputs and targets of any kind as rows of one classification each, which is what losses and accuracies are made of.</summary>
/// <param name="Logits"><c>[rows, classes]</c>.</param>
/// <param name="Targets">Labels <c>[rows]</c>, or soft targets <c>[rows, classes]</c>.</param>
public readonly record struct TargetRows(Tensor Logits, Tensor Targets)
{
    /// <summary>What stands where nothing is asked of a token.</summary>
    public const long Ignored = -100;

    /// <summary>The rows of a batch: an example has one, or one for each token that is asked for, or two, for the first and the last token of its span.</summary>
    /// <param name="kind">What the targets are.</param>
    /// <param name="outputs"><c>[batch, classes]</c>, <c>[batch, tokens, classes]</c>, or <c>[batch, tokens, 2]</c> for spans.</param>
    /// <param name="targets">Labels <c>[batch]</c> or soft targets <c>[batch, classes]</c>, <c>[batch, tokens]</c>, or <c>[batch, 2]</c> for spans.</param>
    /// <exception cref="FrugalException">The shapes do not belong together.</exception>
    public static TargetRows Of(TargetKind kind, Tensor outputs, Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(targets);
        switch (kind)
        {
            case TargetKind.Tokens:
                Expect(outputs.dim() == 3 && targets.dim() == 2 && outputs.shape[0] == targets.shape[0] && outputs.shape[1] == targets.shape[1], outputs, targets, "logits [batch, tokens, classes] and labels [batch, tokens]");
                var labels = targets.flatten();
                var asked = labels.ne(Ignored).nonzero().squeeze(1);
                return new(outputs.flatten(0, 1).index_select(0, asked), labels.index_select(0, asked));
            case TargetKind.Span:
                Expect(outputs.dim() == 3 && outputs.shape[2] == 2 && targets.dim() == 2 && targets.shape[1] == 2 && outputs.shape[0] == targets.shape[0], outputs, targets, "logits [batch, tokens, 2] and positions [batch, 2]");
                return new(outputs.transpose(1, 2).flatten(0, 1), targets.flatten());
            default:
                return new(outputs, targets);
        }
    }

    private static void Expect(bool fits, Tensor outputs, Tensor targets, string expected)
    {
        if (!fits)
            throw new FrugalException($"The data needs {expected}; the model gave [{string.Join(", ", outputs.shape)}] for targets [{string.Join(", ", targets.shape)}]. Choose a model with the head for this data.");
    }
}
