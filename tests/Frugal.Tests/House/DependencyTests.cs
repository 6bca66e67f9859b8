using System.Reflection;

namespace Frugal.Tests.House;

/// <summary>Dependencies between the rooms of the house point one way.</summary>
public class DependencyTests
{
    /// <summary>Floors from the ground up; a room may use those on its own floor and below.</summary>
    private static readonly string[][] floors =
    [
        ["Frugal.Kernels", "Frugal"],
        ["Frugal.Graphs", "Frugal.Interop", "Frugal.Native", "Frugal.Catalogue"],
        ["Frugal.Models", "Frugal.Layers", "Frugal.Data"],
        ["Frugal.Recipes"],
        ["Frugal.Training", "Frugal.Compression", "Frugal.Growth", "Frugal.Retrieval", "Frugal.Analysis"],
        ["Frugal.Studies"],
        ["Frugal.Cli"],
    ];

    private static readonly Assembly[] assemblies = [typeof(Kernels.Simd).Assembly, typeof(Frugal.Catalogue.CatalogueIndex).Assembly, typeof(Frugal.Cli.CommandLine).Assembly];

    private static int? FloorOf(Type type)
    {
        for (string? room = type.Namespace; room is not null; room = room.LastIndexOf('.') is > 0 and var end ? room[..end] : null)
            if (Array.FindIndex(floors, floor => floor.Contains(room)) is >= 0 and var floor)
                return room == "Frugal" && type.Namespace != "Frugal" ? null : floor;
        return null;
    }

    private static IEnumerable<Type> Ours => assemblies.SelectMany(assembly => assembly.GetTypes()).Where(type => type.Namespace?.StartsWith("Frugal", StringComparison.Ordinal) == true);

    [Fact]
    public void Every_room_has_its_floor() => Assert.Empty(Ours.Where(type => FloorOf(type) is null).Select(type => type.FullName));

    [Fact]
    public void No_room_uses_one_above_it()
    {
        string[] wrong =
        [
            .. Ours.SelectMany(type => ReferencedTypes.Of(type).Where(used => assemblies.Contains(used.Assembly) && FloorOf(used) > FloorOf(type)).Select(used => $"{type.FullName} uses {used.FullName}"))
                .Order(StringComparer.Ordinal),
        ];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void The_kernels_know_no_torch() =>
        Assert.DoesNotContain(assemblies[0].GetReferencedAssemblies(), reference => reference.Name!.Contains("Torch", StringComparison.OrdinalIgnoreCase));

    /// <summary>Guards the walk through method bodies, without which the rule would hold for signatures alone.</summary>
    [Fact]
    public void What_a_body_uses_is_seen()
    {
        Assert.Contains(typeof(Catalogue.CatalogueIndexTests), ReferencedTypes.Of(typeof(Probe)));
        Assert.Contains(typeof(Uri), ReferencedTypes.Of(typeof(Probe)));
        Assert.DoesNotContain(typeof(Random), ReferencedTypes.Of(typeof(Probe)));
    }

    private static class Probe
    {
        public static object Made() => new List<Uri>(new Catalogue.CatalogueIndexTests().GetHashCode());
    }
}
