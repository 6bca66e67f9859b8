namespace Frugal;

/// <summary>Paths of modules and names of parameters, whose parts are joined by dots: <c>blocks.0.mlp.fc1.weight</c>.</summary>
internal static class DottedPath
{
    /// <summary>Whether a path leads into the module at <paramref name="outer"/>, past it.</summary>
    public static bool IsBelow(string path, string outer) =>
        path.Length > outer.Length && path[outer.Length] == '.' && path.StartsWith(outer, StringComparison.Ordinal);

    /// <summary>Whether a path leads to the module at <paramref name="outer"/> or into it.</summary>
    public static bool IsWithin(string path, string outer) => path == outer || IsBelow(path, outer);
}
