using Frugal.Catalogue;

namespace Frugal.Training;

/// <summary>The order in which the hooks of several methods run: by phase, then by what each says it comes after, then as written.</summary>
internal static class MethodOrder
{
    /// <summary>The methods in order; closing hooks go through it backwards.</summary>
    /// <exception cref="FrugalException">Methods wait for each other in a circle, or one waits for another of a later phase.</exception>
    public static IReadOnlyList<TrainingMethod> Of(IEnumerable<TrainingMethod> methods)
    {
        var waiting = methods.OrderBy(method => method.Phase).ToList(); // a stable sort: the order written stays within a phase
        foreach (var method in waiting)
            if (method.After is { } earlier && waiting.Any(other => earlier.IsInstanceOfType(other) && other.Phase > method.Phase))
                throw new FrugalException($"{Name(method)} acts on the {method.Phase} phase and is to come after {earlier.Name}, which acts on a later one.");
        var ordered = new List<TrainingMethod>(waiting.Count);
        while (waiting.Count > 0)
        {
            var next = waiting.Find(method => !waiting.Any(other => other != method && method.After?.IsInstanceOfType(other) == true))
                ?? throw new FrugalException($"{string.Join(" and ", waiting.Select(Name))} each want to come after the other.");
            waiting.Remove(next);
            ordered.Add(next);
        }
        return ordered;
    }

    /// <summary>Refuses two methods that claim the same thing for themselves.</summary>
    /// <exception cref="FrugalException">Names both methods and the thing.</exception>
    public static void RefuseRivals(IEnumerable<TrainingMethod> methods, Fit fit)
    {
        var owners = new Dictionary<string, TrainingMethod>(StringComparer.Ordinal);
        foreach (var method in methods)
            foreach (string claim in method.Claims(fit))
                if (!owners.TryAdd(claim, method))
                    throw new FrugalException($"{Name(owners[claim])} and {Name(method)} both claim the {claim}. Use one of them, or give them different layers.");
    }

    /// <summary>The short name by which a person knows the method.</summary>
    public static string Name(TrainingMethod method) => EntryName.Of(method);
}
