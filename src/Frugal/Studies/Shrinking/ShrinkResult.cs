using Frugal.Studies.Results;

namespace Frugal.Studies.Shrinking;

/// <summary>What came of making a network smaller.</summary>
/// <param name="Study">All stacks beside the original.</param>
/// <param name="Stacks">The stacks that were tried, with what each does.</param>
/// <param name="Candidates">Those that were finished.</param>
/// <param name="OriginalAccuracy">The original's accuracy on the validation examples.</param>
/// <param name="Choice">Which is kept, and why.</param>
/// <param name="ModelFolder">Folder of the network that is kept, or null.</param>
/// <param name="OnnxPath">The same as ONNX, or null.</param>
public sealed record ShrinkResult(
    StudyResult Study, IReadOnlyList<ShrinkStack> Stacks, IReadOnlyList<ShrinkCandidate> Candidates, double OriginalAccuracy, ShrinkChoice Choice, string? ModelFolder, string? OnnxPath);
