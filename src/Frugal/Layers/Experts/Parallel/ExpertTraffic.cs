namespace Frugal.Layers.Experts;

/// <summary>What a mixture of experts over several ranks sent between them in one forward pass, there and back.</summary>
/// <param name="Rows">Rows that ranks sent to other ranks' experts; as many came back.</param>
/// <param name="PaddedRows">Rows of an exchange of buffers of one size, as many for each expert as the busiest one has: what is sent where rows are not counted first.</param>
/// <param name="Busiest">Rows that the busiest rank computed, over the mean of all ranks.</param>
public sealed record ExpertTraffic(long Rows, long PaddedRows, double Busiest);
