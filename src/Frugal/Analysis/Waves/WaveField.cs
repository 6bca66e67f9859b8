using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Analysis;

/// <summary>
/// The wave equation on the unit square by bilinear finite elements with lumped mass, explicit central differences, zero at the boundary and at rest at the beginning: the data that surrogates learn from
/// (Boukraichi et al. 2023 use a finite-element solution too). Axis 0 of a field is x, axis 1 is y; the wave speed is 1.
/// </summary>
/// <param name="cells">Elements along a side, N; a field has N + 1 nodes along a side.</param>
/// <param name="cfl">Time step over element size; stable up to 1.</param>
public sealed class WaveField(int cells, double cfl)
{
    private readonly double lambda = Guard.Positive(cfl, nameof(cfl)) * cfl;

    /// <summary>Elements along a side.</summary>
    public int Cells { get; } = Guard.Between(cells, 2, 4096, nameof(cells));

    /// <summary>The fields at the start, sums of Gaussian bumps, <c>[fields, N + 1, N + 1]</c>.</summary>
    /// <param name="bumps"><c>[fields, bumps, 4]</c>: centre x, centre y, width, amplitude.</param>
    public Tensor Start(Tensor bumps)
    {
        ArgumentNullException.ThrowIfNull(bumps);
        using var scope = NewDisposeScope();
        var nodes = linspace(0, 1, Cells + 1, float64);
        Tensor Of(int column) => bumps.select(-1, column).to(float64).unsqueeze(-1).unsqueeze(-1);
        var squares = (nodes.unsqueeze(1) - Of(0)).square() + (nodes.unsqueeze(0) - Of(1)).square();
        return WithoutBoundary((Of(3) * (-squares / (2 * Of(2).square())).exp()).sum(1)).MoveToOuterDisposeScope();
    }

    /// <summary>The fields from the start on, <c>[fields, steps + 1, N + 1, N + 1]</c>.</summary>
    /// <param name="start"><c>[fields, N + 1, N + 1]</c>, zero at the boundary.</param>
    /// <param name="steps">Time steps, at least 1.</param>
    public Tensor Frames(Tensor start, int steps)
    {
        ArgumentNullException.ThrowIfNull(start);
        Guard.AtLeast(steps, 1, nameof(steps));
        using var scope = NewDisposeScope();
        var frames = new List<Tensor> { start, start - 0.5 * lambda * Stiffness(start) };
        while (frames.Count <= steps)
            frames.Add(2 * frames[^1] - frames[^2] - lambda * Stiffness(frames[^1]));
        return stack(frames, 1).MoveToOuterDisposeScope();
    }

    /// <summary>The discrete energy between each two neighbouring frames, <c>[fields, frames - 1]</c>, which does not change: <c>½‖u′ − u‖² + ½λ⟨u′, K u⟩</c>.</summary>
    /// <param name="frames">What <see cref="Frames"/> gave.</param>
    public Tensor Energy(Tensor frames)
    {
        ArgumentNullException.ThrowIfNull(frames);
        using var scope = NewDisposeScope();
        Tensor before = frames.narrow(1, 0, frames.shape[1] - 1), after = frames.narrow(1, 1, frames.shape[1] - 1);
        var stiff = Stiffness(before.flatten(0, 1)).reshape(before.shape);
        return (0.5 * (after - before).square().sum([2, 3]) + 0.5 * lambda * (after * stiff).sum([2, 3])).MoveToOuterDisposeScope();
    }

    /// <summary>K u for fields <c>[fields, N + 1, N + 1]</c>: eight times each node less its neighbours, over three; zero at the boundary.</summary>
    private Tensor Stiffness(Tensor fields)
    {
        using var scope = NewDisposeScope();
        var around = functional.conv2d(fields.unsqueeze(1), ones([1, 1, 3, 3], fields.dtype), padding: [1, 1]).squeeze(1);
        return WithoutBoundary((9 * fields - around) / 3).MoveToOuterDisposeScope();
    }

    private Tensor WithoutBoundary(Tensor fields) => functional.pad(fields.narrow(-2, 1, Cells - 1).narrow(-1, 1, Cells - 1), [1, 1, 1, 1]);
}
