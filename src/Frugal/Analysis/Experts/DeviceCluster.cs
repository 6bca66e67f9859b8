using Frugal.Catalogue;

namespace Frugal.Analysis;

/// <summary>The devices that a mixture of experts is to be divided among. The default figures are those of a 40 GB A100 in nodes of eight.</summary>
public sealed record DeviceCluster
{
    /// <summary>Number of devices, p.</summary>
    [Range(1, 100_000)]
    [Shorthand]
    public int Devices { get; init => field = Guard.Between(value, 1, 100_000); } = 8;

    /// <summary>Devices of a node; they divide the devices, unless all are in one node.</summary>
    [Range(1, 100_000)]
    public int NodeSize { get; init => field = Guard.Between(value, 1, 100_000); } = 8;

    /// <summary>Bytes of a device that experts may take.</summary>
    [Range(0, 1e18, AboveLow = true)]
    public double Memory { get; init => field = Guard.Positive(Guard.Between(value, 0, 1e18)); } = 40e9;

    /// <summary>Bytes a second that a device reads from its memory.</summary>
    [Range(0, 1e18, AboveLow = true)]
    public double MemoryBandwidth { get; init => field = Guard.Positive(Guard.Between(value, 0, 1e18)); } = 1.5e12;

    /// <summary>Multiply-adds a second of a device.</summary>
    [Range(0, 1e18, AboveLow = true)]
    public double Throughput { get; init => field = Guard.Positive(Guard.Between(value, 0, 1e18)); } = 75e12;

    /// <summary>Bytes a second between devices of a node.</summary>
    [Range(0, 1e18, AboveLow = true)]
    public double NodeBandwidth { get; init => field = Guard.Positive(Guard.Between(value, 0, 1e18)); } = 300e9;

    /// <summary>Bytes a second between nodes, for each device.</summary>
    [Range(0, 1e18, AboveLow = true)]
    public double NetworkBandwidth { get; init => field = Guard.Positive(Guard.Between(value, 0, 1e18)); } = 25e9;

    /// <summary>Microseconds before the first byte of a message arrives.</summary>
    [Range(0, 1e9)]
    public double HopLatency { get; init => field = Guard.Between(value, 0, 1e9); } = 5;
}
