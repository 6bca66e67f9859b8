using Frugal.Catalogue;
using Frugal.Kernels;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// The tables of a range coder, one for each channel, as data of the model: bytes that were coded with them can be decoded wherever the model is read. It changes nothing that passes. Buffer names as
/// in CompressAI: <c>_offset</c>, <c>_cdf_length</c>, <c>_quantized_cdf</c>.
/// </summary>
[Entry("coding-tables", Paper = "entropic-student")]
public sealed class CodingTables : Layer
{
    private readonly Tensor _offset, _cdf_length, _quantized_cdf;
    private CodingTable[]? read;

    /// <param name="channels">Number of tables.</param>
    /// <param name="size">Entries of the longest; 0 for tables that are still to be made.</param>
    public CodingTables([Range(1, 65_536)] long channels, [Range(0, 65_537)] long size) : base(nameof(CodingTables))
    {
        Channels = Guard.Between(channels, 1, 65_536, nameof(channels));
        Size = Guard.Between(size, 0, 65_537, nameof(size));
        (_offset, _cdf_length, _quantized_cdf) = (Empty(channels), Empty(channels), Empty(channels, size));
        register_buffer(nameof(_offset), _offset);
        register_buffer(nameof(_cdf_length), _cdf_length);
        register_buffer(nameof(_quantized_cdf), _quantized_cdf);
    }

    /// <summary>Number of tables.</summary>
    public long Channels { get; }

    /// <summary>Entries of the longest.</summary>
    public long Size { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.alias();
    }

    /// <summary>The tables as the coder takes them.</summary>
    /// <exception cref="FrugalException">They are still to be made, or a file brought some that cannot be.</exception>
    public IReadOnlyList<CodingTable> Read()
    {
        if (Size == 0)
            throw new FrugalException("There are no tables to code with yet: make them once the distributions are trained.");
        try
        {
            return read ??= Rows();
        }
        catch (ArgumentException fault)
        {
            throw new FrugalException($"The tables of the entropy bottleneck are broken: {fault.Message}", fault);
        }
    }

    /// <summary>The tables of trained distributions.</summary>
    /// <exception cref="FrugalException">A channel spreads too far.</exception>
    internal static CodingTables Of(CumulativeLogits logits, Tensor quantiles)
    {
        using var scope = NewDisposeScope();
        var medians = quantiles.select(2, 1).reshape(-1, 1, 1);
        int[] minima = Reach(medians - quantiles.narrow(2, 0, 1)), maxima = Reach(quantiles.narrow(2, 2, 1) - medians);
        int longest = minima.Zip(maxima, (below, above) => below + above + 1).Max();
        if (longest + 2 > 65_537)
            throw new FrugalException($"A channel of the entropy bottleneck spreads over {longest} whole numbers, and a table holds 65535; train with a larger weight of the rate.");
        var values = arange(longest).reshape(1, 1, -1) + medians - tensor(minima).reshape(-1, 1, 1);
        Tensor lower = logits.At(values - 0.5), upper = logits.At(values + 0.5);
        var sign = (lower + upper).sign().neg();
        var probabilities = ((sign * upper).sigmoid() - (sign * lower).sigmoid()).abs().cpu();
        Tensor below = lower.sigmoid().cpu(), beyond = upper.neg().sigmoid().cpu();
        int[][] rows = [.. minima.Select((least, channel) =>
        {
            int length = least + maxima[channel] + 1;
            float escape = below[channel, 0, 0].item<float>() + beyond[channel, 0, length - 1].item<float>();
            return CdfQuantizer.Quantize([.. probabilities[channel, 0].narrow(0, 0, length).contiguous().data<float>(), escape]);
        })];
        return Filled(rows, [.. minima.Select(least => -least)]);

        static int[] Reach(Tensor distance) => [.. distance.ceil().clamp_min(0).to(int32).cpu().flatten().data<int>()];
    }

    /// <summary>Tables of given rows.</summary>
    internal static CodingTables Filled(int[][] rows, int[] offsets)
    {
        using var mode = no_grad();
        var tables = new CodingTables(rows.Length, rows.Max(row => row.Length));
        using var scope = NewDisposeScope();
        tables._offset.copy_(tensor(offsets));
        tables._cdf_length.copy_(tensor(rows.Select(row => row.Length).ToArray()));
        for (int channel = 0; channel < rows.Length; channel++)
            tables._quantized_cdf[channel].narrow(0, 0, rows[channel].Length).copy_(tensor(rows[channel]));
        return tables;
    }

    // They belong to the layer, whatever dispose scope is open.
    private static Tensor Empty(params long[] shape) => zeros(shape, int32).DetachFromDisposeScope();

    private CodingTable[] Rows()
    {
        using var scope = NewDisposeScope();
        int[] offsets = [.. _offset.cpu().data<int>()], lengths = [.. _cdf_length.cpu().data<int>()], all = [.. _quantized_cdf.cpu().contiguous().data<int>()];
        return [.. lengths.Select((length, channel) => length >= 0 && length <= Size
            ? new CodingTable(all.AsSpan(channel * (int)Size, length), offsets[channel])
            : throw new ArgumentException($"table {channel} is said to have {length} entries of {Size}"))];
    }
}
