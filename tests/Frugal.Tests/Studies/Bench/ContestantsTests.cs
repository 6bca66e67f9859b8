using System.Runtime.InteropServices;
using Frugal.Kernels;
using Frugal.Layers.Packed;
using Frugal.Studies.Bench;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Studies.Bench;

/// <summary>The forms of a layer that are timed beside each other.</summary>
public class ContestantsTests
{
    [Fact]
    public void All_forms_compute_the_same_and_know_their_cost()
    {
        using var scope = NewDisposeScope();
        var dense = Linear(24, 16);
        // Fixed numbers, the inputs within what calibration is sure to see.
        using (no_grad())
        {
            dense.weight.copy_(((arange(16 * 24, float32).view(16, 24) * 7).remainder(23) - 11) / 50);
            dense.weight.mul_(dense.weight > 0.1);
        }
        var packed = PackedLinearLayer.Of(PackedSparse.Pack(MemoryMarshal.Cast<byte, float>(dense.weight.detach().bytes), 16, 24), dense.bias);
        dense.eval();
        packed.eval();
        using var forms = new Contestants(dense, packed, new BenchInput([2, 24]));
        Assert.Empty(forms.Absent);
        Assert.Equal(["libtorch", "onnx fp32", "onnx int8", "packed"], forms.All.Select(form => form.Form));
        Assert.Equal([24 * 16, 24 * 16, 24 * 16, packed.MacsPerRow], forms.All.Select(form => form.MacsPerExample));
        Assert.True(forms.All[2].Bytes < forms.All[0].Bytes / 2);
        var input = ((arange(5 * 24, float32).view(5, 24) * 5).remainder(19) - 9) / 9;
        using var mode = no_grad();
        var expected = dense.call(input);
        foreach (var (form, tolerance) in forms.All.Zip([0, 1e-5, 0.1, 1e-5]))
            Assert.InRange((form.Module.call(input) - expected).abs().max().item<float>(), 0, tolerance);
    }

    [Fact]
    public void What_ONNX_cannot_express_is_absent_with_the_reason()
    {
        using var layer = new Inverse();
        using var forms = new Contestants(layer, null, new BenchInput([1, 3, 3]));
        Assert.Equal("libtorch", Assert.Single(forms.All).Form);
        Assert.Contains("linalg_inv", Assert.Single(forms.Absent), StringComparison.Ordinal);
    }

    private sealed class Inverse() : Module<Tensor, Tensor>(nameof(Inverse))
    {
        public override Tensor forward(Tensor input) => linalg.inv(input + eye(3));
    }
}
