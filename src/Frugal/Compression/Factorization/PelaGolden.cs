using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models.Vision;
using Frugal.Training.Methods.Distillation;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Compression;

/// <summary>The golden cases of PELA: the factorization of a small network, and the loss of the intermediate training with its gradients.</summary>
internal sealed class PelaGolden : GoldenCase
{
    public override string Slug => "pela";

    public override Tolerance ToleranceFor(GoldenFile file, string output) =>
        Tolerance.OfLargest(output.StartsWith("product.", StringComparison.Ordinal) || output.StartsWith("sing.", StringComparison.Ordinal) ? 1e-4 : 1e-5, atLeast: 1);

    public override GoldenOutputs Run(GoldenFile file)
    {
        using var teacher = Network(file);
        using var student = Network(file);
        Load(teacher, file, "teacher.");
        Load(student, file, "teacher.");
        var chosen = PelaLayers.Of(student, LayerSelection.All, file.Config.Texts("omit"), leastOutputs: 10);
        var replaced = LowRank.Factorize(student, RankRule.Ratio(file.Config.Double("compress_ratio")), chosen, null);
        var outputs = new GoldenOutputs();
        foreach (string path in replaced)
            AddLayer(outputs, path, (LowRankLinear)ModuleSurgery.Find(student, path), Weight(teacher, path));
        Load(student, file, "student.");
        AddLoss(outputs, file, teacher, student, replaced);
        return outputs;
    }

    private static ResidualMlp Network(GoldenFile file) => (ResidualMlp)new ResidualMlpConfig
    {
        Width = file.Config.Int("dim"),
        HiddenSize = file.Config.Int("hidden"),
        Depth = file.Config.Int("layers"),
        NumClasses = file.Config.Int("classes"),
        InChannels = 1,
        ImageSize = new(1, file.Config.Int("in_dim")),
    }.Build();

    // The reference holds two factors in a sequence: the one that narrows, then the one that widens.
    private static void Load(ResidualMlp network, GoldenFile file, string prefix)
    {
        using var mode = no_grad();
        foreach (var (name, parameter) in network.named_parameters())
            parameter.copy_(file.Param(prefix + ReferenceName(name)));
    }

    private static string ReferenceName(string name) => name.Replace(".down.", ".0.", StringComparison.Ordinal).Replace(".up.", ".1.", StringComparison.Ordinal);

    private static Tensor Weight(ResidualMlp network, string path) => ((Linear)ModuleSurgery.Find(network, path)).weight.detach();

    private static void AddLayer(GoldenOutputs outputs, string path, LowRankLinear layer, Tensor weight)
    {
        var product = layer.DenseWeight().detach();
        outputs.Add($"product.{path}", product);
        outputs.Add($"sing.{path}", LowRankMath.SingularValues(product).narrow(0, 0, layer.Rank));
        outputs.Add($"mse.{path}", (product - weight).square().mean());
    }

    private static void AddLoss(GoldenOutputs outputs, GoldenFile file, ResidualMlp teacher, ResidualMlp student, IReadOnlyList<string> replaced)
    {
        using var scope = NewDisposeScope();
        string[] blocks = [.. Enumerable.Range(0, file.Config.Int("layers")).Select(block => $"blocks.{block}")];
        using LayerOutputs own = new(student, blocks), others = new(teacher, blocks);
        var inputs = file.In("x").reshape(file.Config.Int("batch"), 1, 1, -1);
        var logits = student.call(inputs);
        Tensor expected;
        using (no_grad())
            expected = teacher.call(inputs);
        var features = own.Take(scope).Zip(others.Take(scope)).ToList();
        var task = nn.functional.cross_entropy(logits, file.In("y"));
        var feature = new FeatureTerm().Loss(new(logits, expected, features));
        var perturbation = WeightPerturbation.Of(
            replaced.Select(path => (((LowRankLinear)ModuleSurgery.Find(student, path)).DenseWeight(), Weight(teacher, path))), file.Config.Double("inf_norm_eps"));
        var total = task + file.Config.Double("kd_alpha") * feature + file.Config.Double("inf_norm_weight") * perturbation;
        total.backward();
        Add("loss_task", task);
        Add("loss_feature", feature);
        Add("loss_perturb", perturbation);
        Add("loss_total", total);
        Add("logits_student", logits);
        Add("logits_teacher", expected);
        foreach (var (name, parameter) in student.named_parameters())
            if (file.HasOut($"grad.{ReferenceName(name)}"))
                Add($"grad.{ReferenceName(name)}", parameter.grad!);

        void Add(string name, Tensor value) => outputs.Add(name, value.MoveToOuterDisposeScope());
    }
}
