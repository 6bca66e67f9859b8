namespace Frugal.Recipes;

/// <summary>How big a model is: what every step reports before and after itself.</summary>
/// <param name="Parameters">Number of parameters stored.</param>
/// <param name="NonZeroParameters">Number of parameters that are not zero.</param>
/// <param name="Bytes">Bytes of the saved weights.</param>
/// <param name="Macs">Multiply-adds of one example as the layers execute it, or null where the model could not be captured.</param>
/// <param name="NonZeroMacs">Multiply-adds left when zero weights are skipped, or null likewise.</param>
public sealed record ModelSize(long Parameters, long NonZeroParameters, long Bytes, long? Macs, long? NonZeroMacs);
