using Microsoft.ML.OnnxRuntime;

namespace Frugal.Cli.Commands.Doctor;

/// <summary>Loads ONNX Runtime, which exports are checked with and measured against.</summary>
internal static class OnnxRuntimeExamination
{
    public static Finding Examine()
    {
        try
        {
            return Finding.Ok("ONNX Runtime", OrtEnv.Instance().GetVersionString());
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or OnnxRuntimeException)
        {
            return Finding.Warn("ONNX Runtime", $"does not load: {(e.InnerException ?? e).Message}", "restore its package again; without it an export is not checked");
        }
    }
}
