using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Frugal.Studies;

/// <summary>
/// The identity of a run: a hash of its recipe, data, seed and version. A finished run is found again by it, and never run twice.
/// </summary>
internal static class RunKey
{
    /// <summary>Version of Frugal, with the identity of this very build: results of another build are not results of this one.</summary>
    public static string Version { get; } =
        $"{typeof(RunKey).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion}+{typeof(RunKey).Module.ModuleVersionId.ToString("N")[..8]}";

    /// <summary>The key, 16 hexadecimal digits.</summary>
    /// <param name="recipe">The recipe with every option written out.</param>
    /// <param name="dataFingerprint">Hash of the data.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="teachers">Keys of the runs whose models it learns from.</param>
    public static string Of(string recipe, string dataFingerprint, long seed, IEnumerable<string> teachers)
    {
        string identity = string.Join('\0', [recipe, dataFingerprint, seed, Version, .. teachers]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..16];
    }
}
