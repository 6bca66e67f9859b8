namespace Frugal.Training.Methods.Pruning;

/// <summary>How strongly masked weights are drawn to zero as training goes on: rising in a line, then level (Huang et al. 2024, AST).</summary>
/// <param name="Plateau">Strength from the end of the rise on.</param>
/// <param name="Rise">Updates that the rise takes; 0 for none.</param>
public readonly record struct AnnealedDecay(double Plateau, long Rise)
{
    /// <summary>The strength at an update, counted from 0.</summary>
    public double At(long update) => update < Rise ? Plateau * update / Rise : Plateau;
}
