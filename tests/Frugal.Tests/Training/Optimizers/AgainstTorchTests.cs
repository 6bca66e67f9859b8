using Frugal.Training.Optimizers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Tests.Training.Optimizers;

/// <summary>SGD, Adam and AdamW against TorchSharp's own, in double precision.</summary>
public class AgainstTorchTests
{
    private static Tensor Gradient(int step, string name) => Problem.Normal(10 + step, 4, 3);

    private static void Agree(Frugal.Training.Optimizers.Optimizer ours, Func<Parameter[], optim.Optimizer> theirs)
    {
        using var problem = new Problem(("w", Problem.Normal(1, 4, 3))).Run(ours, 6, Gradient, lr: 0.02);
        using var parameter = new Parameter(Problem.Normal(1, 4, 3));
        using var optimizer = theirs([parameter]);
        for (int step = 0; step < 6; step++)
        {
            parameter.grad = Gradient(step, "w");
            optimizer.step();
        }
        Assert.True(problem.Difference("w", parameter) < 1e-12, $"differs by {problem.Difference("w", parameter)}");
    }

    [Theory]
    [InlineData(0, 0, false, 0)]
    [InlineData(0.9, 0, false, 0)]
    [InlineData(0.9, 0.3, false, 0.1)]
    [InlineData(0.9, 0, true, 0.1)]
    public void Sgd(double momentum, double dampening, bool nesterov, double decay) => Agree(
        new Frugal.Training.Optimizers.Sgd { Momentum = momentum, Dampening = dampening, Nesterov = nesterov, WeightDecay = decay },
        parameters => optim.SGD(parameters, 0.02, momentum, dampening, decay, nesterov));

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void Adam(double decay) => Agree(new Frugal.Training.Optimizers.Adam { WeightDecay = decay }, parameters => optim.Adam(parameters, 0.02, weight_decay: decay));

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void AdamW(double decay) => Agree(new Frugal.Training.Optimizers.AdamW { WeightDecay = decay }, parameters => optim.AdamW(parameters, 0.02, weight_decay: decay));
}
