namespace Frugal.Layers;

/// <summary>The options that Kolmogorov-Arnold layers of all shapes have.</summary>
internal sealed record KanOptions(
    IReadOnlyList<KanFamily>? Pool, IReadOnlyList<KanFamily>? Families, double? GateScale, int GridSize, int SplineOrder, int NumRbf, int Degree, KanWavelet Wavelet, bool HasBase, bool HasScaler, bool HasNorm,
    bool HasBias);
