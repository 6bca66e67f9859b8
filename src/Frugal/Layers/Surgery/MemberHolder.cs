using System.Collections;
using System.Reflection;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Layers.Surgery;

/// <summary>
/// One member of a module that holds a child: a field or property with the child itself, or an array, list or dictionary with the child in it.
/// Members are found by the identity of their value, so that any class is understood without help from its author.
/// </summary>
internal sealed class MemberHolder
{
    private const BindingFlags OwnMembers = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private readonly Type type;
    private readonly Action<Module> set;

    private MemberHolder(string member, string declared, string widened, Type type, Action<Module> set)
    {
        (Member, Declared, Widened, this.type, this.set) = (member, declared, widened, type, set);
    }

    /// <summary>Name of the member.</summary>
    public string Member { get; }

    /// <summary>Type of the member, as its author wrote it.</summary>
    public string Declared { get; }

    /// <summary>Type that would hold any layer.</summary>
    public string Widened { get; }

    /// <summary>True when a module of this type can be put here.</summary>
    public bool Accepts(Type module) => type.IsAssignableFrom(module);

    /// <summary>Puts a module here.</summary>
    public void Set(Module module) => set(module);

    /// <summary>All members of <paramref name="parent"/>, its base classes included, that hold <paramref name="child"/>.</summary>
    public static IReadOnlyList<MemberHolder> AllOf(Module parent, Module child)
    {
        var holders = new List<MemberHolder>();
        if (ContainerHolder(parent, child) is { } container)
            return [container];
        for (var declaring = parent.GetType(); declaring is not null && declaring != typeof(Module); declaring = declaring.BaseType)
        {
            foreach (var field in declaring.GetFields(OwnMembers))
                holders.AddRange(HoldersIn(field, parent, child));
        }
        if (holders.Count == 0)
            holders.AddRange(PropertiesOf(parent, child));
        return holders;
    }

    private static IEnumerable<MemberHolder> HoldersIn(FieldInfo field, Module parent, Module child)
    {
        var value = field.GetValue(parent);
        string member = NameOf(field);
        if (ReferenceEquals(value, child))
        {
            yield return new(member, TypeName.Of(field.FieldType), Any, field.FieldType, module => field.SetValue(parent, module));
        }
        else if (value is IList list and not Tensor)
        {
            var item = ItemType(list.GetType(), typeof(IList<>), 0);
            for (int i = 0; i < list.Count; i++)
            {
                int index = i;
                if (ReferenceEquals(list[i], child))
                    yield return new(member, TypeName.Of(field.FieldType), Widen(list.GetType(), item), item, module => list[index] = module);
            }
        }
        else if (value is IDictionary dictionary)
        {
            var item = ItemType(dictionary.GetType(), typeof(IDictionary<,>), 1);
            foreach (DictionaryEntry entry in dictionary)
            {
                object key = entry.Key;
                if (ReferenceEquals(entry.Value, child))
                    yield return new(member, TypeName.Of(field.FieldType), Widen(dictionary.GetType(), item), item, module => dictionary[key] = module);
            }
        }
    }

    // A property without a field behind it, e.g. one that keeps the module in an object of another class.
    private static IEnumerable<MemberHolder> PropertiesOf(Module parent, Module child) =>
        from property in parent.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        where property is { CanRead: true, CanWrite: true } && property.GetIndexParameters().Length == 0
        where typeof(IModule<Tensor, Tensor>).IsAssignableFrom(property.PropertyType) || typeof(Module).IsAssignableFrom(property.PropertyType)
        where ReferenceEquals(property.GetValue(parent), child)
        select new MemberHolder(property.Name, TypeName.Of(property.PropertyType), Any, property.PropertyType, module => property.SetValue(parent, module));

    // TorchSharp's ModuleList and ModuleDict are set through their indexers; ModuleDict holds each child in two places at once.
    private static MemberHolder? ContainerHolder(Module parent, Module child)
    {
        for (var type = parent.GetType(); type is not null; type = type.BaseType)
        {
            if (!type.IsGenericType)
                continue;
            var definition = type.GetGenericTypeDefinition();
            var item = type.GetGenericArguments()[0];
            if (definition == typeof(ModuleList<>))
            {
                var indexer = type.GetProperty("Item", item, [typeof(int)])!;
                int index = ((IEnumerable)parent).Cast<Module>().ToList().FindIndex(module => ReferenceEquals(module, child));
                return index < 0 ? null : new("this[]", TypeName.Of(type), $"ModuleList<{Any}>", item, module => indexer.SetValue(parent, module, [index]));
            }
            if (definition == typeof(ModuleDict<>))
            {
                var indexer = type.GetProperty("Item", item, [typeof(string)])!;
                var keys = (IEnumerable<string>)type.GetMethod("keys")!.Invoke(parent, null)!;
                string? key = keys.FirstOrDefault(k => ReferenceEquals(indexer.GetValue(parent, [k]), child));
                return key is null ? null : new("this[]", TypeName.Of(type), $"ModuleDict<{Any}>", item, module => indexer.SetValue(parent, module, [key]));
            }
        }
        return null;
    }

    private const string Any = "Module<Tensor, Tensor>";

    private static Type ItemType(Type collection, Type definition, int argument) =>
        collection.IsArray
            ? collection.GetElementType()!
            : collection.GetInterfaces().FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == definition)?.GetGenericArguments()[argument]
                ?? typeof(object);

    private static string Widen(Type collection, Type item) =>
        TypeName.Of(collection).Replace(TypeName.Of(item), Any, StringComparison.Ordinal);

    private static string NameOf(FieldInfo field) =>
        field.Name is ['<', .. var rest] && rest.IndexOf('>', StringComparison.Ordinal) is > 0 and var end ? rest[..end] : field.Name;
}
