using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Pruning;

/// <summary>How far the outputs of a network, in evaluation mode, are from what they were at the beginning.</summary>
internal sealed class OutputDistortion : IDisposable
{
    private readonly Module<Tensor, Tensor> model;
    private readonly IReadOnlyList<Tensor> inputs;
    private readonly List<Tensor> reference;
    private readonly DistortionForm form;
    private readonly bool wasTraining;

    /// <param name="model">The network, which is in evaluation mode until this is disposed.</param>
    /// <param name="inputs">Calibration examples, in batches.</param>
    /// <param name="form">How examples are taken together.</param>
    /// <exception cref="FrugalException">There is no example, or the outputs are not finite.</exception>
    public OutputDistortion(Module<Tensor, Tensor> model, IReadOnlyList<Tensor> inputs, DistortionForm form)
    {
        if (inputs.Count == 0 || inputs.Any(batch => batch.numel() == 0))
            throw new FrugalException("There are no calibration examples to measure the outputs on.");
        (this.model, this.inputs, this.form, wasTraining) = (model, inputs, form, model.training);
        model.eval();
        using var mode = no_grad();
        reference = [.. inputs.Select(Output)];
        if (reference.All(output => output.isfinite().all().item<bool>()))
            return;
        Dispose();
        throw new FrugalException("The network's outputs on the calibration examples are not finite; look for broken examples or diverged weights.");
    }

    /// <summary>The distortion by now.</summary>
    public double Measure()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var errors = cat([.. inputs.Zip(reference, (input, before) => (Output(input) - before).to(ScalarType.Float64).square().flatten(1).mean([1]))]);
        return (form == DistortionForm.Worst ? errors.max() : errors.mean()).item<double>();
    }

    public void Dispose()
    {
        reference.ForEach(output => output.Dispose());
        model.train(wasTraining);
    }

    private Tensor Output(Tensor input)
    {
        using var scope = NewDisposeScope();
        return model.call(input).detach().DetachFromDisposeScope();
    }
}
