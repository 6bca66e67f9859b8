using Frugal.Interop;
using Frugal.Kernels;
using Frugal.Layers;
using Frugal.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Compression.Distillation;

/// <summary>The golden cases of the entropic student: encoder, bottleneck, decoder and losses; and tables and bytes of the coder.</summary>
internal sealed class EntropicGolden : GoldenCase
{
    public override string Slug => "entropic-student";

    public override Tolerance ToleranceFor(GoldenFile file, string output) => output switch
    {
        "quantized_cdf" => Tolerance.Absolute(2), // of the table that is made from the distributions; the coder is tried with the stored one
        "aux_loss" => Tolerance.OfLargest(1e-4),
        _ when file.OutDtype(output) == SafetensorsDtype.F32 => Tolerance.OfLargest(1e-4),
        _ => Tolerance.Exact,
    };

    public override GoldenOutputs Run(GoldenFile file) => file.HasIn("symbols") ? Coder(file) : Bottleneck(file);

    private static GoldenOutputs Bottleneck(GoldenFile file)
    {
        int channels = file.Config.Int("num_enc_channels"), target = file.Config.Int("num_target_channels");
        using var layer = new EntropicBottleneck(file.In("x").shape[1], EntropicBottleneck.PaperEncoder(channels), EntropicBottleneck.PaperDecoder(target));
        Load(layer, file, "");
        Tensor input = file.In("x"), latent = layer.Encode(input), noisy = latent + file.In("noise");
        Tensor likelihoods = layer.Bottleneck.Likelihood(noisy), decoded = layer.Decode(noisy), bits = layer.Bottleneck.Bits(noisy);
        var loss = (decoded - file.In("target")).square().sum() + file.Config.Double("beta") * bits;
        MiscomputedConvolutions.Run(layer, CPU, () => loss.backward());
        var auxiliary = layer.Bottleneck.AuxiliaryLoss();
        var quantiles = layer.Bottleneck.get_parameter("quantiles")!;
        auxiliary.backward();
        layer.eval();
        var rounded = layer.Bottleneck.call(latent);
        var outputs = new GoldenOutputs
        {
            { "latent", latent }, { "y_hat_train", noisy }, { "likelihoods_train", likelihoods }, { "decoded_train", decoded }, { "bits_train", bits }, { "loss", loss },
            { "y_hat_eval", rounded }, { "likelihoods_eval", layer.Bottleneck.Likelihood(rounded) }, { "decoded_eval", layer.Decode(rounded) }, { "aux_loss", auxiliary },
            { "grad.aux.quantiles", quantiles.grad! },
        };
        foreach (var (name, parameter) in layer.named_parameters())
            if (file.HasOut($"grad.{name}"))
                outputs.Add($"grad.{name}", parameter.grad!);
        return outputs;
    }

    private static GoldenOutputs Coder(GoldenFile file)
    {
        using var bottleneck = new EntropyBottleneck(file.Config.Long("channels"));
        Load(bottleneck, file, "entropy_bottleneck.");
        using var made = bottleneck.TablesNow();
        CodingTable[] stored = [.. Stored(file)];
        int[] symbols = [.. file.In("symbols").data<int>()];
        byte[] bytes = RangeCoder.Encode(symbols, stored);
        var back = new int[symbols.Length];
        RangeCoder.Decode(bytes, stored, back);
        if (!back.AsSpan().SequenceEqual(symbols))
            throw new FrugalException($"{file.Path}: the symbols did not come back from their bytes.");
        var latent = file.In("latent");
        int[] rounded = bottleneck.Symbols(latent);
        return new GoldenOutputs
        {
            { "offset", Buffer("_offset") }, { "cdf_length", Buffer("_cdf_length") }, { "quantized_cdf", Buffer("_quantized_cdf") },
            { "bytes", tensor(bytes) }, { "latent_symbols", tensor(rounded).reshape([.. latent.shape.Skip(1)]) }, { "latent_bytes", tensor(RangeCoder.Encode(rounded, stored)) },
            { "latent_hat", bottleneck.Latent(rounded, latent.shape[2], latent.shape[3]) }, { "pmf_cdf", tensor(CdfQuantizer.Quantize([.. file.In("pmf").data<float>()])) },
        };

        Tensor Buffer(string name) => made.named_buffers().Single(buffer => buffer.name == name).buffer.clone();
    }

    private static IEnumerable<CodingTable> Stored(GoldenFile file)
    {
        int[] offsets = [.. file.Out("offset").data<int>()], lengths = [.. file.Out("cdf_length").data<int>()];
        var rows = file.Out("quantized_cdf");
        for (int channel = 0; channel < offsets.Length; channel++)
            yield return new CodingTable([.. rows[channel].narrow(0, 0, lengths[channel]).contiguous().data<int>()], offsets[channel]);
    }

    private static void Load(nn.Module module, GoldenFile file, string prefix)
    {
        using var mode = no_grad();
        foreach (var (name, parameter) in module.named_parameters())
            parameter.copy_(file.Param(prefix + name));
    }
}
