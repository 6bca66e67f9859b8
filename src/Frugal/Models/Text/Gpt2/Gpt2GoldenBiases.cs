using Frugal.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Models.Text;

/// <summary>
/// The reference's GPT-2 case leaves out <c>h.N.attn.c_attn.bias</c>, whose names end like the mask buffers that nobody keeps, though its results were computed with them. They are found
/// from the hidden states that the case gives, layer by layer: 72 numbers from 480. What is not used for it (logits, loss and gradients) tests the network as in any case.
/// </summary>
internal static class Gpt2GoldenBiases
{
    private const string Ending = ".attn.c_attn.bias";
    private const int MostIterations = 40;

    // The hidden states are in single precision.
    private const double Step = 1e-6, Enough = 2e-6;

    /// <summary>Sets the biases that were left out, and takes them off the list of missing weights.</summary>
    public static StateDictLoad Fill(TextModel model, GoldenFile file, TextBatch batch, StateDictLoad load)
    {
        string[] missing = [.. load.Missing.Where(name => name.EndsWith(Ending, StringComparison.Ordinal))];
        if (missing.Length == 0)
            return load;
        using var mode = no_grad();
        model.to(float64);
        var parameters = model.named_parameters().ToDictionary(parameter => parameter.name, parameter => parameter.parameter);
        for (int layer = 0; layer < model.TextConfig.NumLayers; layer++)
        {
            if (parameters.TryGetValue($"transformer.h.{layer}{Ending}", out var bias) && missing.Contains($"transformer.h.{layer}{Ending}"))
                Solve(bias, () => model.Run(batch).Hidden[layer + 1], file.Out($"hidden.{layer + 1}").to(float64));
        }
        model.to(float32);
        return load with { Missing = [.. load.Missing.Except(missing)] };
    }

    // Levenberg and Marquardt's method, with differences for derivatives. The keys' part has no effect on attention and stays 0.
    private static void Solve(Tensor bias, Func<Tensor> hidden, Tensor wanted)
    {
        double damping = 1;
        var residual = Residual(hidden, wanted);
        for (int iteration = 0; iteration < MostIterations && residual.abs().max().item<double>() > Enough; iteration++)
        {
            using var scope = NewDisposeScope();
            var jacobian = Jacobian(bias, hidden, wanted);
            var change = linalg.solve(jacobian.t().matmul(jacobian) + damping * eye(bias.numel(), dtype: float64), jacobian.t().matmul(residual));
            bias.sub_(change);
            var next = Residual(hidden, wanted);
            if (next.square().sum().item<double>() < residual.square().sum().item<double>())
            {
                (residual, damping) = (next.MoveToOuterDisposeScope(), Math.Max(damping / 4, 1e-12));
                continue;
            }
            bias.add_(change);
            damping *= 4;
        }
    }

    private static Tensor Jacobian(Tensor bias, Func<Tensor> hidden, Tensor wanted)
    {
        List<Tensor> columns = [];
        for (long i = 0; i < bias.numel(); i++)
        {
            bias[i].add_(Step);
            var above = Residual(hidden, wanted);
            bias[i].sub_(2 * Step);
            columns.Add((above - Residual(hidden, wanted)) / (2 * Step));
            bias[i].add_(Step);
        }
        return stack(columns, 1);
    }

    private static Tensor Residual(Func<Tensor> hidden, Tensor wanted) => (hidden() - wanted).reshape(-1);
}
