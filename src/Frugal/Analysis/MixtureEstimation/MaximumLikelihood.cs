using static TorchSharp.torch;

namespace Frugal.Analysis.MixtureEstimation;

/// <summary>Fits a softmax Gaussian mixture by minimising its negative log-likelihood with BFGS, over the logarithms of temperature and variances.</summary>
public static class MaximumLikelihood
{
    /// <summary>The best mixture near a start.</summary>
    /// <param name="start">Where to begin.</param>
    /// <param name="x"><c>[n, d]</c>.</param>
    /// <param name="y"><c>[n]</c>.</param>
    /// <param name="fixesLastWeights">Whether the last expert's β₁ stays as well as its β₀. When null it does with a linear gate, where the softmax does not change as all gates move together; with an activation only a
    /// common shift of β₀ changes nothing, and β₁ may stay only where it is known.</param>
    public static SoftmaxGaussianMixture Fit(SoftmaxGaussianMixture start, Tensor x, Tensor y, bool? fixesLastWeights = null)
    {
        ArgumentNullException.ThrowIfNull(start);
        using var scope = NewDisposeScope();
        long biases = start.NumExperts - 1, weights = fixesLastWeights ?? start.Activation is null ? start.NumExperts - 1 : start.NumExperts;
        var (beta0, beta1) = (start.Beta0.narrow(0, biases, start.NumExperts - biases), start.Beta1.narrow(0, weights, start.NumExperts - weights));
        Tensor[] parts = [start.Beta0.narrow(0, 0, biases), start.Beta1.narrow(0, 0, weights), start.Tau.log().view(1), start.A, start.B, start.Nu.log()];
        long[][] shapes = [.. parts.Select(part => part.shape)];
        double[] first = [.. cat([.. parts.Select(part => part.detach().flatten())], 0).data<double>()];
        double[] best = Bfgs.Minimize(Loss, first);
        var mixture = Of(tensor(best));
        return mixture with
        {
            Beta0 = mixture.Beta0.MoveToOuterDisposeScope(),
            Beta1 = mixture.Beta1.MoveToOuterDisposeScope(),
            Tau = mixture.Tau.MoveToOuterDisposeScope(),
            A = mixture.A.MoveToOuterDisposeScope(),
            B = mixture.B.MoveToOuterDisposeScope(),
            Nu = mixture.Nu.MoveToOuterDisposeScope(),
        };

        (double, double[]) Loss(double[] at)
        {
            using var inner = NewDisposeScope();
            var vector = tensor(at).requires_grad_();
            var loss = Of(vector).Loss(x, y);
            loss.backward();
            return (loss.item<double>(), [.. vector.grad!.data<double>()]);
        }

        SoftmaxGaussianMixture Of(Tensor vector)
        {
            var pieces = vector.split([.. shapes.Select(shape => shape.Aggregate(1L, (product, size) => product * size))]).Zip(shapes, (piece, shape) => piece.reshape(shape)).ToList();
            return start with
            {
                Beta0 = cat([pieces[0], beta0], 0),
                Beta1 = cat([pieces[1], beta1], 0),
                Tau = pieces[2].exp().squeeze(0),
                A = pieces[3].alias(),
                B = pieces[4].alias(),
                Nu = pieces[5].exp(),
            };
        }
    }
}
