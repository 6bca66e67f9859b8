using System.Runtime.InteropServices;
using Frugal.Compression.Packing;
using Frugal.Data;
using Frugal.Graphs;
using Frugal.Graphs.Onnx;
using Frugal.Kernels;
using Frugal.Layers.Packed;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Runtime;
using Frugal.Models.Vision;
using Frugal.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Compression.Packing;

public sealed class PackingTests : IDisposable
{
    private static readonly ImageInfo Grey = new(1, 28, 28, [.. Enumerable.Range(0, 10).Select(digit => $"{digit}")], [0.0], [1.0]);

    private readonly DisposeScope scope = NewDisposeScope();

    /// <summary>A network whose first layer is pruned in blocks of <paramref name="height"/> outputs.</summary>
    private static Model Pruned(int height, double density = 0.1)
    {
        manual_seed(0);
        var model = new MlpConfig { HiddenSizes = [1024, 256] }.FitTo(Grey).Build();
        using var mode = no_grad();
        foreach (var (_, parameter) in model.named_parameters().Where(p => p.parameter.dim() == 2))
        {
            long rows = parameter.shape[0] / height;
            var mask = rand(rows, parameter.shape[1]).lt(density).repeat_interleave(height, 0);
            if (rows * height == parameter.shape[0])
                parameter.mul_(mask);
        }
        model.eval();
        return model;
    }

    /// <summary>Packs a layer whether that pays on this machine just now or not, and gives its path.</summary>
    private static string PackedPath(Model model, string path)
    {
        var dense = (TorchSharp.Modules.Linear)ModuleSurgery.Find(model, path);
        var values = MemoryMarshal.Cast<byte, float>(dense.weight.detach().contiguous().bytes);
        ModuleSurgery.Replace(model, path, PackedLinearLayer.Of(PackedSparse.Pack(values, (int)dense.out_features, (int)dense.in_features), dense.bias));
        return path;
    }

    private static Tensor Images(int count) => randn(count, 1, 28, 28);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void The_packed_network_gives_what_the_dense_one_gave(int height)
    {
        using var model = Pruned(height);
        var images = Images(7);
        var before = model.call(images).detach().clone();
        var choices = Frugal.Compression.Packing.Packing.Pack(model, Images(1), [1]).Choices;
        Assert.All(choices, choice => Assert.NotEqual(choice.Form is null, choice.Reason is null));
        Assert.True(model.call(images).allclose(before, rtol: 1e-4, atol: 1e-5));
        // Whether it was worth it just now or not.
        if (choices.All(choice => choice.Form is null))
            PackedPath(model, "layers.fc1");
        Assert.True(model.call(images).allclose(before, rtol: 1e-4, atol: 1e-5));
    }

    [Fact]
    public void A_dense_layer_is_left_alone_with_the_reason()
    {
        using var model = new MlpConfig { HiddenSizes = [32] }.FitTo(Grey).Build();
        var choices = Frugal.Compression.Packing.Packing.Pack(model, Images(1), [1]).Choices;
        Assert.All(choices, choice => Assert.Contains("packing pays from 50", choice.Reason, StringComparison.Ordinal));
        Assert.DoesNotContain(model.modules(), module => module is PackedLinearLayer);
    }

    [Fact]
    public void A_packed_network_is_smaller_by_what_it_does_not_store()
    {
        using var model = Pruned(4);
        var dense = ModelMeasure.Of(model, Grey);
        PackedPath(model, "layers.fc1");
        PackedPath(model, "layers.fc2");
        var packed = ModelMeasure.Of(model, Grey);
        Assert.Equal(dense.NonZeroParameters, packed.NonZeroParameters);
        Assert.Equal(dense.NonZeroMacs, packed.NonZeroMacs);
        Assert.True(packed.Bytes < 0.3 * dense.Bytes, $"{packed.Bytes} bytes against {dense.Bytes}");
        Assert.True(packed.Macs < 0.3 * dense.Macs);
    }

    [Fact]
    public void A_packed_network_is_counted_layer_by_layer_as_it_is()
    {
        using var model = Pruned(4);
        string path = PackedPath(model, "layers.fc1");
        var cost = Graph.Capture(model, Images(2)).Count();
        var packed = Assert.IsType<PackedLinearLayer>(ModuleSurgery.Find(model, path));
        var layer = cost.Layers.Single(row => row.Path == path);
        Assert.Equal((packed.StoredWeights, packed.MacsPerRow, packed.NonZeroMacsPerRow), (layer.Parameters, layer.Macs, layer.NonZeroMacs));
        Assert.Equal(ModelMeasure.Of(model, Grey).Parameters, cost.Parameters);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_packed_network_is_exported_with_dense_weights_and_computes_the_same(int height)
    {
        using var folder = new TemporaryFolder();
        using var model = Pruned(height);
        var dense = ((TorchSharp.Modules.Linear)ModuleSurgery.Find(model, "layers.fc1")).weight!.detach().clone();
        string path = PackedPath(model, "layers.fc1");
        var graph = Graph.Capture(model, Images(2));
        Assert.True(graph.Parameters.Single(value => value.Name == $"{path}.weight").Storage.Parameter!.Tensor.allclose(dense, rtol: 0, atol: 0));
        // The exporter runs the packed network itself beside ONNX Runtime.
        Assert.InRange(graph.ExportOnnx(folder.File("model.onnx")).MaxRelative, 0, 1e-4);
        Assert.Null(UnpackedLayer.InPlaceOf(model.modules().OfType<PackedLinearLayer>().First()));
    }

    [Fact]
    public void A_packed_network_becomes_one_for_another_runtime_that_counts_what_its_file_computes()
    {
        using var model = Pruned(4);
        var before = ModelMeasure.Of(model, Grey);
        PackedPath(model, "layers.fc1");
        var graph = Graph.Capture(model, Images(1));
        using var ready = RuntimeModel.Of(model, graph, OnnxExporter.InMemory(graph, new()));
        Assert.Equal((before.Macs, before.NonZeroMacs, before.Parameters), (ready.MacsPerRow, ready.NonZeroMacsPerRow, ready.StoredWeights));
        ready.eval();
        var images = Images(3);
        Assert.True(ready.call(images).allclose(model.call(images), rtol: 1e-4, atol: 1e-5));
        Assert.Equal(before.Macs, Graph.Capture(ready, images).Count().Macs);
    }

    [Fact]
    public void A_packed_network_loads_from_its_folder_without_the_step()
    {
        string folder = Directory.CreateTempSubdirectory("frugal-pack-").FullName;
        try
        {
            using var model = Pruned(4);
            Frugal.Compression.Packing.Packing.Pack(model, Images(1), [1]);
            var images = Images(3);
            var expected = model.call(images).detach().clone();
            ModelFolder.Save(model, folder, Grey);
            using var loaded = ModelFolder.Load(folder);
            loaded.eval();
            Assert.True(loaded.call(images).allclose(expected, rtol: 0, atol: 0));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_packed_layer_refuses_to_be_trained()
    {
        using var model = Pruned(4);
        PackedPath(model, "layers.fc1");
        model.train();
        Assert.Contains("last step", Assert.Throws<FrugalException>(() => model.call(Images(2))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_reported_is_never_a_loss()
    {
        using var model = Pruned(4);
        var report = Frugal.Compression.Packing.Packing.Pack(model, Images(1), [1, 2]);
        Assert.InRange(report.Error, 0, 1e-5);
        Assert.Equal(report.Choices.All(choice => choice.Form is null), report.Gains.Count == 0);
        Assert.All(report.Gains, gain => Assert.True(gain >= 1));
    }

    [Fact]
    public void The_report_is_a_sentence()
    {
        var packed = new PackingReport([], [1, 32], [2.5, 4], 3e-8, null);
        Assert.Equal("The network runs 2.50 times as fast at batch size 1, 4.00 times as fast at batch size 32; its outputs differ by 3e-8 of their size", packed.ToString());
        Assert.Equal("The network is as it was: no layer is faster packed", (packed with { Gains = [] }).ToString());
        Assert.EndsWith("; half of it was slower", (packed with { Reason = "half of it was slower" }).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Forms_with_an_error_are_taken_only_where_it_is_allowed()
    {
        using var model = new MlpConfig { HiddenSizes = [512, 512] }.FitTo(Grey).Build();
        model.eval();
        var exact = Frugal.Compression.Packing.Packing.Pack(model, Images(8), [1]);
        Assert.All(exact.Choices, choice => Assert.Null(choice.Form));
        Assert.Equal("The network is as it was: no layer is faster packed", exact.ToString());
        var tooExact = Frugal.Compression.Packing.Packing.Pack(model, Images(8), [1], maxError: 1e-6);
        Assert.All(tooExact.Choices, choice => Assert.Contains("the smallest error of a packed form is", choice.Reason, StringComparison.Ordinal));
        var choices = Frugal.Compression.Packing.Packing.Pack(model, Images(8), [1], maxError: 0.03).Choices;
        Assert.All(choices, choice => Assert.DoesNotContain("error", choice.Reason ?? "", StringComparison.Ordinal));
        Assert.All(choices, choice => Assert.Equal(choice.Form is not null, choice.PackedPath is not null && Frugal.Layers.Surgery.ModuleSurgery.Find(model, choice.PackedPath) is PackedLinearLayer));
        Assert.All(choices.Where(choice => choice.Form is not null), choice => Assert.InRange(choice.Error, 1e-5, 0.03));
    }

    /// <summary>Which forms are for which layer; each packed layer computes what the layer does, within its error.</summary>
    [Theory]
    [InlineData("pruned", "sparse; int8; weight-only int8; int4; weight-only int4")]
    [InlineData("blocks", "sparse; 16x1 blocks; 8x1 blocks; 4x1 blocks; int8; weight-only int8; int4; weight-only int4")]
    [InlineData("2:4", "sparse; 2:4; 4:8; int8; 2:4 int8; weight-only int8; int4; weight-only int4")]
    [InlineData("dense", "int8; weight-only int8; int4; weight-only int4")]
    [InlineData("ternary", "int8; ternary; weight-only int8; int4; weight-only int4")]
    [InlineData("monarch", "Monarch")]
    [InlineData("mpo", "MPO")]
    [InlineData("low rank", "low rank; low rank int8")]
    [InlineData("shift", "shift")]
    [InlineData("shift stored", "shift")]
    [InlineData("shift rounded", "int8; shift; weight-only int8; int4; weight-only int4")]
    [InlineData("snnk", "SNNK")]
    [InlineData("kan", "KAN")]
    public void Each_form_says_which_layers_it_is_for(string kind, string forms)
    {
        manual_seed(2);
        using var mode = no_grad();
        using var dense = nn.Linear(96, 64);
        var weight = dense.weight!;
        if (kind == "pruned")
            weight.mul_(rand(64, 96).lt(0.2));
        if (kind == "blocks")
            weight.mul_(rand(4, 96).lt(0.35).repeat_interleave(16, 0));
        if (kind == "2:4")
            weight.mul_((arange(96) % 4 % 3).eq(0).unsqueeze(0).eq((arange(64) % 2).eq(0).unsqueeze(1)));
        if (kind == "ternary")
            weight.copy_(weight.sign() * rand(64, 96).lt(0.7) * 0.125f);
        if (kind == "shift rounded")
            weight.copy_(Frugal.Layers.ShiftGrid.Nearest(weight, 3));
        var shift = Frugal.Layers.DenseShiftLinear.Like(dense, 3);
        nn.Module<Tensor, Tensor> layer = kind switch
        {
            "monarch" => Frugal.Layers.MonarchLinear.Project(weight, dense.bias, 4),
            "mpo" => Frugal.Layers.MpoLinear.Of(dense, 3),
            "low rank" => Frugal.Layers.LowRankLinear.Of(dense, 10),
            "shift" => shift,
            "kan" => new Frugal.Layers.KanLinear(96, 64, families: [Frugal.Layers.KanFamily.Bspline, Frugal.Layers.KanFamily.Rbf, Frugal.Layers.KanFamily.Chebyshev]),
            "snnk" => new Frugal.Layers.SnnkLinear(96, 64, 40, constant: -0.5, hasBias: true),
            "shift stored" => Frugal.Layers.ShiftLinear.Of(shift),
            _ => dense,
        };
        layer.eval();
        var packable = PackableLayer.Of(layer)!;
        var fitting = PackedForms.All.Select(form => (form, packed: form.TryBuild(packable))).Where(pair => pair.packed is not null).ToList();
        Assert.Equal(forms, string.Join("; ", fitting.Select(pair => pair.form.Name)));
        var input = randn(9, 96);
        foreach (var (form, packed) in fitting)
        {
            packed!.eval();
            Assert.InRange(RelativeError.Of(packed.call(input), layer.call(input)), 0, form.IsExact ? 1e-5 : form.Name.Contains('4') ? 0.2 : 0.02);
        }
    }

    [Theory]
    [InlineData(2, 30, "multiply-adds a row in the cheapest order, and the dense layer for 6,144; the step mpo-to-dense makes a linear layer of it")]
    [InlineData(1, 1, "its only core is a dense weight")]
    public void An_operator_that_costs_no_less_than_the_dense_layer_has_the_reason(int numCores, int bond, string reason)
    {
        using var layer = new Frugal.Layers.MpoLinear(96, 64, bond, numCores);
        Assert.Contains(reason, PackableLayer.Of(layer)!.Obstacle, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_an_error_that_cannot_be() => Assert.Throws<ArgumentOutOfRangeException>(() => new Pack { MaxError = -0.1 });

    [Fact]
    public void Refuses_no_batch_sizes() => Assert.Throws<ArgumentOutOfRangeException>(() => new Pack { BatchSizes = [] });

    public void Dispose() => scope.Dispose();
}
