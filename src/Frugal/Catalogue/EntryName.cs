using System.Reflection;

namespace Frugal.Catalogue;

/// <summary>The short name by which a person knows an object of the catalogue.</summary>
internal static class EntryName
{
    /// <summary>The name, or that of the type where it is in no catalogue.</summary>
    public static string Of(object entry) => entry.GetType().GetCustomAttribute<EntryAttribute>()?.Name ?? entry.GetType().Name;
}
