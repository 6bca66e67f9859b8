namespace Frugal.Compression.Packing;

/// <summary>What became of a layer when its network was packed.</summary>
/// <param name="Path">Path of the layer.</param>
/// <param name="Sparsity">Share of its weights that are zero.</param>
/// <param name="Form">Packed form it has now, or null when it was left dense.</param>
/// <param name="Gain">Speed over the dense layer, or of the call that it is part of over the layers in that, at the batch size where it gains least; null when it was left dense.</param>
/// <param name="Reason">Why it was left dense, or null.</param>
public sealed record PackedChoice(string Path, double Sparsity, string? Form, double? Gain, string? Reason)
{
    /// <summary>Root mean square of what its outputs lose, as a part of theirs, on the examples; a rounding error for the exact forms.</summary>
    public double Error { get; init; }

    /// <summary>Path of the module that runs it together with its neighbours in one call, or null where it runs alone.</summary>
    public string? OneCallAt { get; init; }

    /// <summary>Path of its packed form, or null when it was left dense: its own path, or a place within the chain that runs it.</summary>
    public string? PackedPath { get; init; }

    /// <summary>A layer that was left dense.</summary>
    internal static PackedChoice Kept(string path, double sparsity, string reason) => new(path, sparsity, null, null, reason);

    /// <summary>The choice in a sentence.</summary>
    public override string ToString() => Form is null
        ? $"{Path} was left dense: {Reason}"
        : FormattableString.Invariant(
            $"{Path} is packed as {Form}, {(OneCallAt is null ? "" : $"in one call with its neighbours at {OneCallAt}, ")}at least {Gain:F1} times as fast{(Error > Packing.Rounding ? $", with an error of {Error:0.#e+0}" : "")}");
}
