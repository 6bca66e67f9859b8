using System.Reflection;
using Frugal.Catalogue;

namespace Frugal.Training;

/// <summary>The short name by which a person knows an object of the catalogue.</summary>
internal static class EntryName
{
    /// <summary>The name, or that of the type where it is in no catalogue.</summary>
    public static string Of(object entry) => entry.GetType().GetCustomAttribute<EntryAttribute>(inherit: false)?.Name ?? entry.GetType().Name;
}
