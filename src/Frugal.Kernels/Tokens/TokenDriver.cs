namespace Frugal.Kernels;

/// <summary>
/// Runs a product over many rows: for each tile of tokens the inputs are turned once, so that tokens fill the vectors; then strips of outputs
/// are summed, turned back and stored with the epilogue while they are in the first cache.
/// </summary>
internal static unsafe class TokenDriver
{
    /// <summary>Vectors across a tile at most: four outputs times four vectors are as many sums as the registers hold beside the operands.</summary>
    public const int MaxVectors = 4;

    /// <summary>Outputs between two stores, unless a group has more: a row of the strip is four cache lines.</summary>
    private const int StripOutputs = 64;

    private const int MaxLanes = 16;

    /// <summary>A tile that fills more of the second cache than this leaves no room for the weights.</summary>
    private const int MaxTileBytes = 512 * 1024;

    /// <summary>Scratch memory for one thread.</summary>
    public static nint ScratchBytes<TKernel>(in TKernel kernel, int rows, int inFeatures, int lanes, int maxVectors)
        where TKernel : struct, ITokenKernel
    {
        var strip = Strip(kernel.GroupHeight);
        var width = (nint)lanes * Vectors(rows, inFeatures, lanes, maxVectors);
        return sizeof(float) * (width * (inFeatures + kernel.EnteredRows + strip) + lanes * strip);
    }

    /// <summary>Computes the outputs of the groups from <paramref name="firstGroup"/> up to <paramref name="endGroup"/> for all rows.</summary>
    public static void Run<TLanes, TVector, TKernel>(
        in TKernel kernel, int firstGroup, int endGroup, float* input, int rows, int inFeatures, int maxVectors, in EpilogueStore store, byte* scratch)
        where TLanes : ILanes<TVector> where TVector : struct where TKernel : struct, ITokenKernel
    {
        if (firstGroup >= endGroup)
            return;
        var most = Vectors(rows, inFeatures, TLanes.Count, maxVectors);
        var tile = (float*)scratch;
        var stripGroups = Math.Max(1, StripOutputs / kernel.GroupHeight);
        var strip = Strip(kernel.GroupHeight);
        var sums = tile + (nint)inFeatures * most * TLanes.Count;
        var turned = sums + strip * most * TLanes.Count;
        var scratchRows = turned + strip * TLanes.Count;
        var left = (rows + TLanes.Count - 1) / TLanes.Count;
        for (var token = 0; token < rows;)
        {
            // Tiles of nearly equal width: a narrow one at the end would load each weight for little.
            var tiles = (left + most - 1) / most;
            var vectors = (left + tiles - 1) / tiles;
            left -= vectors;
            var width = vectors * TLanes.Count;
            var tokens = Math.Min(width, rows - token);
            TokenTile.Load<TLanes, TVector>(input + (nint)token * inFeatures, inFeatures, tokens, tile, width);
            var entered = kernel.Enter<TLanes, TVector>(tile, vectors, scratchRows);
            for (var group = firstGroup; group < endGroup; group += stripGroups)
            {
                var groups = Math.Min(stripGroups, endGroup - group);
                kernel.Accumulate<TLanes, TVector>(group, groups, entered, vectors, sums);
                var firstOutput = group * kernel.GroupHeight;
                var outputs = Math.Min(groups * kernel.GroupHeight, store.OutFeatures - firstOutput);
                for (var lane = 0; lane < tokens; lane += TLanes.Count)
                {
                    TokenTile.Turn<TLanes, TVector>(sums + lane, outputs, width, turned, strip);
                    store.Block<TLanes, TVector>(turned, strip, token + lane, Math.Min(TLanes.Count, tokens - lane), firstOutput, outputs);
                }
            }
            token += tokens;
        }
    }

    /// <summary>Outputs of a strip, in whole vectors, since sums are turned in squares.</summary>
    private static int Strip(int groupHeight) => (Math.Max(StripOutputs, groupHeight) + MaxLanes - 1) / MaxLanes * MaxLanes;

    private static int Vectors(int rows, int inFeatures, int lanes, int maxVectors)
    {
        var needed = (rows + lanes - 1) / lanes;
        var fitting = Math.Max(1, MaxTileBytes / sizeof(float) / lanes / inFeatures);
        return Math.Min(Math.Min(needed, fitting), maxVectors);
    }
}
