using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Frugal.Catalogue;

/// <summary>The documentation comments of an assembly, read from the file that the compiler writes beside it.</summary>
internal static class XmlDocumentation
{
    private static readonly ConcurrentDictionary<Assembly, Lazy<IReadOnlyDictionary<string, XElement>>> files = [];

    /// <summary>The summary of a type, or an empty text.</summary>
    public static string Of(Type type) => Summary(type.Assembly, "T:" + IdOf(type));

    /// <summary>The summary of a property, found at the property it overrides where it only inherits, or an empty text.</summary>
    public static string Of(PropertyInfo property)
    {
        var declaring = property.DeclaringType!;
        string text = Summary(declaring.Assembly, $"P:{IdOf(declaring)}.{property.Name}");
        if (text.Length > 0)
            return text;
        // A positional record documents its properties as parameters of the type.
        string parameter = Parameter(declaring.Assembly, "T:" + IdOf(declaring), property.Name);
        if (parameter.Length > 0)
            return parameter;
        var overridden = property.GetMethod?.GetBaseDefinition().DeclaringType;
        return overridden is not null && overridden != declaring && overridden.GetProperty(property.Name) is { } original ? Of(original) : "";
    }

    /// <summary>What the comment on its constructor, or on its type for a primary constructor, says of a parameter, or an empty text.</summary>
    public static string Of(ParameterInfo parameter)
    {
        var type = parameter.Member.DeclaringType!;
        var constructors = Members(type.Assembly).Where(pair => pair.Key.StartsWith($"M:{IdOf(type)}.#ctor", StringComparison.Ordinal)).Select(pair => pair.Key);
        return constructors.Append("T:" + IdOf(type)).Select(id => Parameter(type.Assembly, id, parameter.Name!)).FirstOrDefault(text => text.Length > 0, "");
    }

    /// <summary>What an enumeration's member is for, or an empty text.</summary>
    public static string OfMember(Type choice, string member) => Summary(choice.Assembly, $"F:{IdOf(choice)}.{member}");

    private static string Summary(Assembly assembly, string id) =>
        Members(assembly).TryGetValue(id, out var member) && member.Element("summary") is { } summary ? Plain(summary) : "";

    private static string Parameter(Assembly assembly, string id, string name) =>
        Members(assembly).TryGetValue(id, out var member) && member.Elements("param").FirstOrDefault(param => (string?)param.Attribute("name") == name) is { } text ? Plain(text) : "";

    private static string IdOf(Type type) => (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName!.Replace('+', '.');

    private static IReadOnlyDictionary<string, XElement> Members(Assembly assembly) => files.GetOrAdd(assembly, static assembly => new(() => Read(assembly))).Value;

    private static IReadOnlyDictionary<string, XElement> Read(Assembly assembly)
    {
        string path = Path.ChangeExtension(assembly.Location, ".xml");
        if (!File.Exists(path))
            return new Dictionary<string, XElement>();
        using var reader = XmlReader.Create(path, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
        var members = new Dictionary<string, XElement>(StringComparer.Ordinal);
        foreach (var member in XDocument.Load(reader).Descendants("member"))
            if ((string?)member.Attribute("name") is { } name)
                members[name] = member;
        return members;
    }

    private static string Plain(XElement element)
    {
        var text = new StringBuilder();
        foreach (var node in element.DescendantNodes())
            text.Append(node switch
            {
                XText words => words.Value,
                XElement { IsEmpty: true } reference => Referred(reference),
                _ => "",
            });
        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    // <see cref="P:Frugal.Training.Train.Epochs"/> reads as "Epochs".
    private static string Referred(XElement reference)
    {
        string name = (string?)reference.Attribute("cref") ?? (string?)reference.Attribute("langword") ?? (string?)reference.Attribute("name") ?? "";
        int end = name.IndexOf('(', StringComparison.Ordinal);
        name = end < 0 ? name : name[..end];
        return name[(name.LastIndexOfAny(['.', ':']) + 1)..];
    }
}
