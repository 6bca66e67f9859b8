using System.Diagnostics;
using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Layers;
using Frugal.Recipes;
using static TorchSharp.torch;

namespace Frugal.Compression.Distillation;

/// <summary>
/// Measures what a model that was split between device and server costs on test images: the bytes that travel for each (<c>encoded-bytes</c>), the time of the device, of the way at a bandwidth, and of the server
/// (<c>device-latency</c>, <c>transfer-latency</c>, <c>server-latency</c>, and their sum <c>split-latency</c>, in µs for one image). Device and server are this machine.
/// </summary>
[Entry("measure-split", Paper = "entropic-student")]
[Capabilities(WorksOn = ["EntropicBottleneck", "DctCodec"], CombinesWith = ["entropic-student", "compress-input"], NeedsData = true)]
public sealed class MeasureSplit : Step
{
    private const int TimedImages = 32;

    /// <summary>Bits a second between device and server; 37,500 is a LoRa radio.</summary>
    [Range(1, 1e15)]
    [Shorthand]
    public double Bandwidth { get; init => field = Guard.Between(value, 1, 1e15); } = 37_500;

    /// <summary>How many test images are coded; the first ones.</summary>
    [Range(1, 1_000_000)]
    public int Images { get; init => field = Guard.Between(value, 1, 1_000_000); } = 500;

    /// <inheritdoc/>
    public override bool ReadsTest => true;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no layer, or several, at which it was split.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var coded = subject.Model.modules().OfType<ICodedLayer>().ToList();
        if (coded is not [var layer])
            throw new FrugalException($"measure-split needs a model that was split at one layer, and {subject.Model.GetName()} has {coded.Count}; entropic-student and compress-input split one.");
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        subject.Model.eval();
        var test = subject.Data.Test;
        var images = new Loader(test, Math.Min(Images, test.Count), subject.Random).Epoch(0).First().Inputs.to(subject.Device);
        double bytes = layer.BytesOf(images).Average();
        subject.Metrics["encoded-bytes"] = bytes;
        double transfer = bytes * 8 / Bandwidth * 1e6;
        subject.Metrics["transfer-latency"] = transfer;
        if (layer is EntropicBottleneck split)
        {
            var (device, server) = Time(subject, split, images.narrow(0, 0, Math.Min(TimedImages, images.shape[0])));
            (subject.Metrics["device-latency"], subject.Metrics["server-latency"], subject.Metrics["split-latency"]) = (device, server, device + transfer + server);
        }
        return subject;
    }

    // The median over images; the first passes warm caches and code.
    private static (double Device, double Server) Time(Subject subject, EntropicBottleneck split, Tensor images)
    {
        var (device, server) = (new List<double>(), new List<double>());
        for (int round = 0; round < 2; round++)
        {
            device.Clear();
            server.Clear();
            for (long i = 0; i < images.shape[0]; i++)
            {
                using var scope = NewDisposeScope();
                var image = images.narrow(0, i, 1);
                long start = Stopwatch.GetTimestamp();
                byte[] bytes = split.Compress(image);
                device.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
                start = Stopwatch.GetTimestamp();
                split.Answer(subject.Model, bytes, image.shape);
                server.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }
        }
        return (Median(device), Median(server));
    }

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
}
