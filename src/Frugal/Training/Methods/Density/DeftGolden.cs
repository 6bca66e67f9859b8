using Frugal.Interop;
using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Methods.Density;

/// <summary>The golden cases of DEFT: the term by itself, and in a stack of feed-forward blocks under LoRA.</summary>
internal sealed class DeftGolden : GoldenCase
{
    public override string Slug => "deft";

    public override bool Has(string name) => name is "density_loss" or "lora_deft";

    public override Tolerance ToleranceFor(GoldenFile file, string output) => Tolerance.OfLargest(1e-5);

    public override GoldenOutputs Run(GoldenFile file) => file.Case == "density_loss" ? Term(file) : Stack(file);

    private static GoldenOutputs Term(GoldenFile file)
    {
        var layers = Each(file, layer => file.In($"act.{layer}").requires_grad_());
        var penalty = ActivationDensity.Penalty(layers, file.Config.Double("eps"));
        var loss = file.Config.Double("weight") * penalty.mean();
        loss.backward();
        var outputs = new GoldenOutputs
        {
            { "penalty", penalty }, { "loss", loss }, { "eval_density", stack(layers.Select(layer => ActivationDensity.ShareAbove(layer)), 1).to(float32) },
        };
        foreach (var (i, layer) in layers.Index())
            outputs.Add($"grad.act.{i}", layer.grad!);
        return outputs;
    }

    private static GoldenOutputs Stack(GoldenFile file)
    {
        var ups = Each(file, layer => Adapted(file, layer));
        var downs = Each(file, layer => DenseLayer.Linear(file.Param($"down.{layer}.weight"), file.Param($"down.{layer}.bias")));
        var head = DenseLayer.Linear(file.Param("head.weight"), file.Param("head.bias"));
        using var network = ModuleList<Module<Tensor, Tensor>>([.. ups, .. downs, head]);
        var activation = ActivationLayer.Of(Enum.Parse<Activation>(file.Config.Text("activation"), ignoreCase: true));
        var (state, active) = (file.In("x"), new List<Tensor>());
        foreach (var (up, down) in ups.Zip(downs))
        {
            active.Add(activation.call(up.call(state)));
            state = state + down.call(active[^1]);
        }
        var logits = head.call(state.mean([1]));
        var taskLoss = functional.cross_entropy(logits, file.In("label"));
        var density = ActivationDensity.Penalty(active, file.Config.Double("eps")).mean();
        var total = taskLoss + file.Config.Double("weight") * density;
        total.backward();
        var outputs = new GoldenOutputs
        {
            { "logits", logits }, { "task_loss", taskLoss }, { "density_loss", density }, { "total", total }, { "grad.head.weight", head.weight!.grad! }, { "grad.head.bias", head.bias!.grad! },
        };
        foreach (var (i, up) in ups.Index())
        {
            outputs.Add($"grad.lora_a.{i}", up.A.grad!);
            outputs.Add($"grad.lora_b.{i}", up.B.grad!);
        }
        return outputs;
    }

    private static LoraLinear Adapted(GoldenFile file, int layer)
    {
        Tensor weight = file.Param($"up.{layer}.weight"), a = file.Param($"lora_a.{layer}"), b = file.Param($"lora_b.{layer}");
        if (!weight.shape.SequenceEqual([file.Config.Long("hidden"), file.Config.Long("dim")]) || a.shape[0] != file.Config.Long("rank"))
            throw new FrugalException($"The config of {file.Path} has other widths or another rank than its tensors.");
        var adapted = LoraLinear.Around(DenseLayer.Linear(weight, file.Param($"up.{layer}.bias")), a.shape[0], file.Config.Double("alpha"));
        using var mode = no_grad();
        adapted.A.copy_(a);
        adapted.B.copy_(b);
        return adapted;
    }

    private static List<T> Each<T>(GoldenFile file, Func<int, T> make) => [.. Enumerable.Range(0, file.Config.Int("layers")).Select(make)];
}
