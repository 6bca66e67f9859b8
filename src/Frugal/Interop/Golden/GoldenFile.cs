using System.Text;
using static TorchSharp.torch;

namespace Frugal.Interop;

/// <summary>
/// One golden case: a safetensors file that holds what a reference implementation was given and what it computed. Its metadata has <c>config</c> (JSON),
/// <c>source</c> and <c>what</c>; its tensors are named <c>param.*</c> (weights), <c>in.*</c> (inputs) and <c>out.*</c> (results).
/// Names in this class are without these prefixes.
/// </summary>
public sealed class GoldenFile : IDisposable
{
    private const string ParamPrefix = "param.", InPrefix = "in.", OutPrefix = "out.";
    private readonly SafetensorsFile file;

    private GoldenFile(SafetensorsFile file, GoldenConfig config)
    {
        this.file = file;
        Config = config;
        Params = WithPrefix(ParamPrefix);
        Inputs = WithPrefix(InPrefix);
        Outputs = WithPrefix(OutPrefix);
    }

    /// <summary>The file's path.</summary>
    public string Path => file.Path;

    /// <summary>The method it belongs to: the name of its folder.</summary>
    public string Slug => System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))) ?? "";

    /// <summary>The case's name: the file's, without its extension.</summary>
    public string Case => System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>What to build.</summary>
    public GoldenConfig Config { get; }

    /// <summary>Which implementation computed the results; empty when the file does not say.</summary>
    public string Source => file.Metadata.GetValueOrDefault("source", "");

    /// <summary>What is compared, in words; empty when the file does not say.</summary>
    public string What => file.Metadata.GetValueOrDefault("what", "");

    /// <summary>Names of the weights.</summary>
    public IReadOnlyList<string> Params { get; }

    /// <summary>Names of the inputs.</summary>
    public IReadOnlyList<string> Inputs { get; }

    /// <summary>Names of the results, all of which have to be computed.</summary>
    public IReadOnlyList<string> Outputs { get; }

    /// <summary>Opens a case.</summary>
    /// <exception cref="FrugalException">The file is no valid safetensors file, or its metadata has no JSON object called <c>config</c>.</exception>
    public static GoldenFile Open(string path)
    {
        var file = SafetensorsFile.Open(path);
        try
        {
            if (!file.Metadata.TryGetValue("config", out var config))
                throw new FrugalException($"{path} is not a golden case: its metadata has no 'config'.");
            return new GoldenFile(file, GoldenConfig.Parse(Encoding.UTF8.GetBytes(config), $"the config of {path}"));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads the weight <c>param.NAME</c>; it belongs to the caller or the current dispose scope.</summary>
    /// <exception cref="FrugalException">There is none of that name.</exception>
    public Tensor Param(string name) => file.Read(ParamPrefix + name);

    /// <summary>Reads the input <c>in.NAME</c>; it belongs to the caller or the current dispose scope.</summary>
    /// <exception cref="FrugalException">There is none of that name.</exception>
    public Tensor In(string name) => file.Read(InPrefix + name);

    /// <summary>Reads the expected result <c>out.NAME</c>; it belongs to the caller or the current dispose scope.</summary>
    /// <exception cref="FrugalException">There is none of that name.</exception>
    public Tensor Out(string name) => file.Read(OutPrefix + name);

    /// <summary>Whether there is an input <c>in.NAME</c>.</summary>
    public bool HasIn(string name) => file.TryGet(InPrefix + name, out _);

    /// <summary>Whether there is a weight <c>param.NAME</c>.</summary>
    public bool HasParam(string name) => file.TryGet(ParamPrefix + name, out _);

    /// <summary>The description of the weight <c>param.NAME</c>, under its name here.</summary>
    internal bool TryGetParam(string name, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out SafetensorsEntry entry)
    {
        bool found = file.TryGet(ParamPrefix + name, out entry);
        entry = entry is null ? null : entry with { Name = name };
        return found;
    }

    /// <summary>Whether a result <c>out.NAME</c> is asked for.</summary>
    public bool HasOut(string name) => file.TryGet(OutPrefix + name, out _);

    /// <summary>The element type of the result <c>out.NAME</c>.</summary>
    /// <exception cref="FrugalException">There is none of that name.</exception>
    public SafetensorsDtype OutDtype(string name) => file[OutPrefix + name].Dtype;

    /// <summary>Reads all weights, by name.</summary>
    public IReadOnlyDictionary<string, Tensor> ReadParams() => Params.ToDictionary(name => name, Param, StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private string[] WithPrefix(string prefix) =>
        [.. file.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => name[prefix.Length..]).Order(StringComparer.Ordinal)];
}
