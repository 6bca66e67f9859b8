using Frugal.Data;
using Frugal.Interop;

namespace Frugal.Models;

/// <summary>A model that was read from a folder.</summary>
/// <param name="Model">The model; the caller owns it.</param>
/// <param name="Data">What it was trained on, or null where the folder does not say it all: class names, image size, normalisation.</param>
/// <param name="Weights">Which weights found their place, and which names or shapes did not match.</param>
/// <param name="Notes">What was changed on the way, a sentence each: a fresh classifier, positions interpolated to another image size.</param>
public sealed record ModelLoad(Model Model, DataInfo? Data, StateDictLoad Weights, IReadOnlyList<string> Notes);
