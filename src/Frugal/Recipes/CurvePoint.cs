namespace Frugal.Recipes;

/// <summary>One epoch of a learning curve.</summary>
/// <param name="Epoch">Epochs done.</param>
/// <param name="TrainingLoss">Mean training loss over the epoch.</param>
/// <param name="TrainingAccuracy">Training accuracy over the epoch, or null where it has no meaning.</param>
/// <param name="ValidationAccuracy">Accuracy on the validation split, or null without one.</param>
/// <param name="LearningRate">Learning rate at the end of the epoch.</param>
public sealed record CurvePoint(int Epoch, double TrainingLoss, double? TrainingAccuracy, double? ValidationAccuracy, double LearningRate);
