using System.Runtime.InteropServices;
using Frugal.Kernels;
using Frugal.Layers.Packed;
using Frugal.Layers.Surgery;
using Frugal.Models.Vision;
using Frugal.Studies.Bench;
using static TorchSharp.torch;

namespace Frugal.Tests.Studies.Bench;

/// <summary>A network beside its packed form.</summary>
public class TwoFormsTests
{
    [Fact]
    public void A_network_that_was_saved_packed_is_compared_with_the_dense_one_that_it_stands_for()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var model = new MlpConfig { HiddenSizes = [16, 12], NumClasses = 4, InChannels = 1, ImageSize = new(4, 4) }.Build();
        model.eval();
        var layer = (TorchSharp.Modules.Linear)ModuleSurgery.Find(model, "layers.fc1");
        ModuleSurgery.Replace(model, "layers.fc1", PackedLinearLayer.Of(PackedSparse.Pack(MemoryMarshal.Cast<byte, float>(layer.weight!.detach().bytes), 16, 16), layer.bias));
        using var forms = TwoForms.Of(model, [1]);
        Assert.Same(model, forms.Packed);
        Assert.IsType<TorchSharp.Modules.Linear>(ModuleSurgery.Find(forms.Dense, "layers.fc1"));
        Assert.IsType<PackedLinearLayer>(forms.PackedAt("layers.fc1"));
        Assert.Null(forms.PackedAt("head"));
        var images = randn(3, 1, 4, 4);
        Assert.True(forms.Dense.call(images).allclose(forms.Packed!.call(images), rtol: 1e-4, atol: 1e-5));
    }

    [Fact]
    public void What_is_not_worth_packing_has_one_form_and_the_reason()
    {
        using var scope = NewDisposeScope();
        var model = new MlpConfig { HiddenSizes = [8, 8], NumClasses = 4, InChannels = 1, ImageSize = new(4, 4) }.Build();
        model.eval();
        using var forms = TwoForms.Of(model, [1]);
        Assert.Same(model, forms.Dense);
        Assert.Null(forms.Packed);
        Assert.Contains(forms.Notes, note => note.Contains("3 layers, layers.fc1 the first, left unpacked: only 0 %", StringComparison.Ordinal));
    }
}
