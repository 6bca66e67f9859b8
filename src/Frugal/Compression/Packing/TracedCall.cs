using System.Runtime.CompilerServices;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Packing;

/// <summary>A call of a module while a network ran.</summary>
/// <param name="Path">Path of the module.</param>
/// <param name="Module">The module.</param>
/// <param name="Parent">The call within which it came, or null directly within the network.</param>
/// <param name="Input">What it was given: only which object it is counts, its numbers may be gone.</param>
internal sealed record TracedCall(string Path, Module<Tensor, Tensor> Module, TracedCall? Parent, Tensor Input)
{
    private readonly List<TracedCall> children = [];

    /// <summary>What it returned, likewise.</summary>
    public Tensor? Output { get; set; }

    /// <summary>The layer as packed forms see it, or null for another module.</summary>
    public PackableLayer? Layer { get; init; }

    /// <summary>For a layer that can be packed and a normalisation: its input, <c>[rows, in]</c>; for a convolution <c>[batch, channels, height, width]</c>, where an image is a row.</summary>
    public Tensor? Rows { get; set; }

    /// <summary>The calls that came directly within it, in their order.</summary>
    public IReadOnlyList<TracedCall> Children => children;

    /// <summary>True for what a chain can run, and for what has nothing within: what lies in a layer that can be packed is that layer's affair.</summary>
    public bool IsLeaf => Layer is not null || children.Count == 0;

    /// <summary>The leaves of this call, in their order.</summary>
    public IEnumerable<TracedCall> Leaves => IsLeaf ? [this] : children.SelectMany(child => child.Leaves);

    /// <summary>True for <paramref name="other"/> itself, and for what it came within.</summary>
    public bool Encloses(TracedCall other) => ReferenceEquals(this, other) || other.Parent is { } parent && Encloses(parent);

    /// <summary>Adds a call that came within.</summary>
    public void Add(TracedCall child) => children.Add(child);

    /// <summary>Calls are compared by identity.</summary>
    public bool Equals(TracedCall? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);
}
