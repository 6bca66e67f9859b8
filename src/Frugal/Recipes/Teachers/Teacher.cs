using Frugal.Catalogue;

namespace Frugal.Recipes;

/// <summary>Where a trained network comes from that another one learns from.</summary>
[CatalogueKind("teacher", "teachers")]
public abstract class Teacher
{
    /// <summary>Finds the network. Called before the step has changed anything.</summary>
    /// <param name="subject">What learns from it.</param>
    /// <returns>The network, on the subject's device; the caller disposes it.</returns>
    /// <exception cref="FrugalException">There is no such network.</exception>
    public abstract FrozenModel Open(Subject subject);
}
