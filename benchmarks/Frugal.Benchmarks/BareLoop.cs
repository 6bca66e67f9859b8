using Frugal.Data;
using Frugal.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Benchmarks;

/// <summary>
/// The peer: the loop that a person writes by hand with TorchSharp. All images lie in one tensor, a batch is gathered from it, the update is TorchSharp's own, and the loss is read at
/// every update, as for a line of progress.
/// </summary>
internal sealed class BareLoop : IDisposable
{
    private readonly Model model;
    private readonly Tensor images, labels;
    private readonly optim.Optimizer optimizer;
    private readonly int batchSize;

    public BareLoop(Model model, Dataset data, int batchSize, double learningRate)
    {
        this.model = model;
        this.batchSize = batchSize;
        using var scope = NewDisposeScope();
        var all = new Loader(data, data.Count, new RandomStreams(0)).Epoch(0).Single();
        (images, labels) = (all.Inputs.DetachFromDisposeScope(), all.Targets.DetachFromDisposeScope());
        optimizer = optim.SGD(model.parameters(), learningRate, momentum: 0.9);
    }

    /// <summary>Makes updates; the last loss.</summary>
    public double Run(int updates)
    {
        model.train();
        double loss = 0;
        using var order = randperm(images.shape[0]);
        for (int update = 0; update < updates; update++)
        {
            using var scope = NewDisposeScope();
            long first = update * batchSize % (images.shape[0] - batchSize + 1);
            var batch = order.narrow(0, first, batchSize);
            optimizer.zero_grad();
            var error = functional.cross_entropy(model.call(images.index_select(0, batch)), labels.index_select(0, batch));
            error.backward();
            optimizer.step();
            loss = error.item<float>();
        }
        return loss;
    }

    public void Dispose()
    {
        optimizer.Dispose();
        images.Dispose();
        labels.Dispose();
    }
}
