namespace Frugal.Layers;

/// <summary>Attention whose keys and values may be more rows than its input has, the added ones in front.</summary>
internal interface ITakesPrefix
{
    /// <summary>The children that give keys and values, and of each how many thirds of its output, from the first column on, are neither.</summary>
    IReadOnlyList<(string Child, int QueryThirds)> KeysAndValues { get; }
}
