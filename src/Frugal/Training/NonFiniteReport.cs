using Frugal.Data;
using static TorchSharp.torch;

namespace Frugal.Training;

/// <summary>Says where a number that is not finite came from.</summary>
internal static class NonFiniteReport
{
    private const int IndicesShown = 8;

    /// <summary>The error to stop with. Runs the network on the batch once more, with the random numbers of the update.</summary>
    /// <param name="fit">The run, at the update that failed.</param>
    /// <param name="batch">The batch, on the model's device.</param>
    /// <param name="loss">Its loss.</param>
    /// <param name="what">What was not finite, e.g. <c>the loss</c>.</param>
    /// <param name="kept">Where the crash checkpoint lies, or null.</param>
    public static NonFiniteException Of(Fit fit, Batch batch, double loss, string what, string? kept)
    {
        string? parameter = FiniteCheck.FirstParameter(fit.Optimizer.Groups);
        string? gradient = FiniteCheck.FirstGradient(fit.Optimizer.Groups);
        string? moment = FiniteCheck.FirstMoment(fit.Optimizer);
        bool isInputFinite = FiniteCheck.IsFinite(batch.Inputs);
        fit.Subject.Random.SeedTorch("train", fit.FirstEpoch, fit.Update);
        string? layer = FiniteCheck.FirstLayer(fit.Subject.Model, batch.Inputs);
        string[] findings =
        [
            .. isInputFinite ? [] : (string[])["The inputs of the batch are not finite."],
            .. layer is null ? [] : (string[])[$"The first layer whose output is not finite is {layer}."],
            .. parameter is null ? [] : (string[])[$"The first parameter that is not finite is {parameter}."],
            .. gradient is null ? [] : (string[])[$"The first parameter whose gradient is not finite is {gradient}."],
            .. moment is null ? [] : (string[])[$"The first moment of the optimiser that is not finite is {moment}."],
        ];
        string indices = string.Join(", ", batch.Indices.Take(IndicesShown)) + (batch.Count > IndicesShown ? $" and {batch.Count - IndicesShown} more" : "");
        string message = FormattableString.Invariant(
            $"Training stopped at update {fit.Update} (epoch {fit.FirstEpoch + fit.Epoch + 1}), where {what} was not finite; the loss was {loss}, the learning rate {fit.LearningRate:G4}. ")
            + string.Join(' ', findings)
            + $" Examples of the batch: {indices}."
            + (kept is null ? "" : $" The state at this point is kept in '{kept}'.")
            + " A lower learning rate, a longer warm-up or clip: { norm: 1 } may help; on-non-finite: skip leaves such updates out.";
        return new NonFiniteException(message, fit.Update, layer, parameter ?? gradient);
    }
}
