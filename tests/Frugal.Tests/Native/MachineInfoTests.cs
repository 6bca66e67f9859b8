using Frugal.Native;

namespace Frugal.Tests.Native;

public class MachineInfoTests
{
    [Fact]
    public void Names_processor_memory_and_versions()
    {
        var machine = MachineInfo.Read();
        Assert.NotEmpty(machine.Processor);
        Assert.InRange(machine.UsableProcessors, 1, 4096);
        Assert.InRange(machine.MemoryBytes, 64L << 20, 1L << 50);
        Assert.StartsWith(".NET ", machine.DotNet);
        Assert.Equal(LibTorch.Load().Version, machine.LibTorch);
        Assert.True(machine.PhysicalCores is null or > 0);
    }

    [Fact]
    public void Takes_the_first_model_name_of_the_processor_list() =>
        Assert.Equal("Fast CPU @ 3 GHz", ProcessorTopology.ModelName(["processor\t: 0", "model name\t: Fast CPU @ 3 GHz", "model name\t: Other"]));

    [Fact]
    public void A_processor_list_without_model_names_gives_none() => Assert.Null(ProcessorTopology.ModelName(["processor : 0", "model name"]));
}
