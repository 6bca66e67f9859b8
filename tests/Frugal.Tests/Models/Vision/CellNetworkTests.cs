using Frugal.Models;
using Frugal.Models.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Models.Vision;

/// <summary>The network of cells that a search leaves; that the presets have the published sizes is among the tests of all models.</summary>
public class CellNetworkTests
{
    private static readonly CellNetworkConfig small = new() { Channels = 4, Cells = 4, NumClasses = 3, InChannels = 1, ImageSize = 8 };

    private static long Weights(nn.Module module) => module.parameters().Sum(parameter => parameter.numel());

    [Theory]
    [InlineData(CellOperation.SepConv3, 9, 2)]
    [InlineData(CellOperation.SepConv5, 25, 2)]
    [InlineData(CellOperation.DilConv3, 9, 1)]
    [InlineData(CellOperation.DilConv5, 25, 1)]
    public void An_operation_has_as_many_weights_as_the_sheet_says_and_keeps_or_halves_the_image(CellOperation operation, long area, long times)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        const long Channels = 6;
        foreach (long stride in new[] { 1L, 2L })
        {
            using var plain = new CellParts(isSearch: false).Operation(operation, Channels, stride);
            using var search = new CellParts(isSearch: true).Operation(operation, Channels, stride);
            long convolutions = times * (area * Channels + Channels * Channels);
            Assert.Equal(convolutions + times * 2 * Channels, Weights(plain));
            Assert.Equal(2 * convolutions, Weights(search));
            foreach (var layer in new[] { plain, search })
                Assert.Equal([2, Channels, 8 / stride, 8 / stride], layer.call(randn(2, Channels, 8, 8)).shape);
        }
    }

    [Fact]
    public void Small_has_as_many_weights_in_convolutions_and_the_classifier_as_published()
    {
        using var model = CellNetworkConfig.Small.Build();
        Assert.Equal(3_308_940, model.parameters().Where(parameter => parameter.dim() > 1).Sum(parameter => parameter.numel()));
    }

    [Fact]
    public void Registers_its_layers_in_the_order_of_execution()
    {
        using var model = small.Build();
        Assert.Equal(["stem", "cells", "global_pool", "classifier"], model.named_children().Select(child => child.name));
    }

    [Theory]
    [InlineData(8, 2)]
    [InlineData(7, 2)]
    [InlineData(28, 7)]
    public void Two_reductions_halve_the_image_twice(int side, long left)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using var model = (small with { ImageSize = side }).Build();
        model.eval();
        Assert.Equal([2, 4 * 4 * 4, left, left], model.ForwardFeatures(model.Example(2)).shape);
    }

    [Fact]
    public void Describes_its_cells_in_the_file_it_is_saved_in()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using var folder = new TemporaryFolder();
        using var model = (small with
        {
            Normal = [CellEdge.Parse("sep-conv5:1"), CellEdge.Parse("avg-pool3:0")],
            Reduction = [CellEdge.Parse("dil-conv5:0"), CellEdge.Parse("skip-connect:1")],
        }).Build();
        ModelFolder.Save(model, folder.Path);
        using var loaded = ModelFolder.Load(folder.Path);
        model.eval();
        loaded.eval();
        var x = randn(2, 1, 8, 8);
        Assert.True(loaded.call(x).equal(model.call(x)).all().item<bool>());
        Assert.Equal("sep-conv5:1", ((CellNetworkConfig)loaded.Config).Normal[0].ToString());
    }

    [Theory]
    [InlineData("3 edges", "sep-conv3:0", "sep-conv3:1", "sep-conv3:0")]
    [InlineData("does nothing", "none:0", "sep-conv3:1")]
    [InlineData("states 0 to 1", "sep-conv3:0", "sep-conv3:2")]
    [InlineData("as many nodes", "sep-conv3:0", "sep-conv3:1")]
    public void Edges_that_make_no_cell_are_refused(string why, params string[] edges) =>
        Assert.Contains(why, Assert.Throws<FrugalException>(() => (small with { Normal = [.. edges.Select(CellEdge.Parse)] }).Build()).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("sep-conv3")]
    [InlineData("sep-conv7:0")]
    [InlineData("sep-conv3:-1")]
    public void Words_that_are_no_edge_are_refused(string text) =>
        Assert.Contains("max-pool3", Assert.Throws<FormatException>(() => CellEdge.Parse(text)).Message, StringComparison.Ordinal);
}
