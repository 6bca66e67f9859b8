using Frugal.Native;
using TorchSharp;

namespace Frugal.Cli.Commands.Doctor;

/// <summary>Loads libtorch and tries what Frugal relies on.</summary>
internal static class LibTorchExamination
{
    // 1e-30 * 1e-10 is below the smallest normal single-precision number, 1.2e-38.
    private const float Factor = 1e-30f, OtherFactor = 1e-10f;

    public static IEnumerable<Finding> Examine(MachineInfo machine)
    {
        LibTorchLoad load;
        try
        {
            load = LibTorch.Load();
        }
        catch (NativeLoadException e)
        {
            return [new("libtorch", Verdict.Fail, "does not load", e.Message)];
        }
        return [Loaded(load), Threads(load, machine), FlushToZero(load), Convolutions(load), Gpu(machine)];
    }

    private static Finding Loaded(LibTorchLoad load) => Finding.Ok("libtorch", $"{load.Version}, " + load.Path switch
    {
        LibTorchPath.Plain => "loaded as it is",
        LibTorchPath.System => "found by the system's loader",
        LibTorchPath.Repointed => $"through a copy re-pointed to this system's C++ runtime: {load.Files[^1]}",
        _ => throw new InvalidOperationException($"{load.Path} has no description"),
    });

    private static Finding Threads(LibTorchLoad load, MachineInfo machine) => load.Threads <= machine.UsableProcessors
        ? Finding.Ok("Threads", $"{load.Threads}")
        : Finding.Warn("Threads", $"{load.Threads} on {machine.UsableProcessors} usable processors",
            $"set OMP_NUM_THREADS={machine.UsableProcessors}: more threads than processors wait for one another");

    private static Finding FlushToZero(LibTorchLoad load)
    {
        using var scope = torch.NewDisposeScope();
        var isFlushed = torch.mul(torch.tensor([Factor]), OtherFactor).item<float>() == 0;
        return load.FlushToZero && isFlushed
            ? Finding.Ok("Flush to zero", "set, and a subnormal product is zero")
            : Finding.Warn("Flush to zero", "not set", "this build of libtorch or this processor has no switch for it; weights near zero may make layers slow");
    }

    private static Finding Convolutions(LibTorchLoad load) => load.OneDnn
        ? Finding.Ok("Convolutions", "oneDNN computes them rightly in a trial")
        : Finding.Warn("Convolutions", "oneDNN computes those of ragged channel counts wrongly on this processor, so libtorch's own kernels do",
            "nothing needs to be done; channel counts that are multiples of 16 keep oneDNN's speed");

    private static Finding Gpu(MachineInfo machine)
    {
        var names = string.Join(", ", machine.Gpus);
        if (torch.cuda.is_available())
            return Finding.Ok("GPU", $"{(names.Length > 0 ? names : "CUDA device")}, usable with --device cuda");
        return names.Length == 0
            ? Finding.Ok("GPU", "none; the processor is used")
            : Finding.Warn("GPU", $"{names}, not usable: this libtorch is built for the processor", "build with -p:LibTorchPackage= and a CUDA package of libtorch");
    }
}
