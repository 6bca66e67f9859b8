using System.Reflection;
using System.Runtime.CompilerServices;

namespace Frugal.Catalogue;

/// <summary>One option of a type: an <c>init</c> property, or a constructor parameter that has a property of the same name.</summary>
public sealed class EntryOption
{
    private readonly Lazy<OptionShape> shape;

    private EntryOption(PropertyInfo property, ParameterInfo? parameter)
    {
        Property = property;
        Parameter = parameter;
        Name = KebabCase.Of(property.Name);
        shape = new(() => OptionShape.Of(property.PropertyType));
        Range = parameter?.GetCustomAttribute<RangeAttribute>() ?? (RangeAttribute?)Attribute.GetCustomAttribute(property, typeof(RangeAttribute), inherit: true);
        IsShorthand = Attribute.IsDefined(property, typeof(ShorthandAttribute), inherit: true);
        IsRequired = parameter is not null ? !parameter.HasDefaultValue : property.IsDefined(typeof(RequiredMemberAttribute));
        AllowsNull = property.PropertyType.IsValueType
            ? Nullable.GetUnderlyingType(property.PropertyType) is not null
            : new NullabilityInfoContext().Create(property).ReadState is NullabilityState.Nullable;
    }

    /// <summary>Name in a recipe, e.g. <c>final-sparsity</c>.</summary>
    public string Name { get; }

    /// <summary>How its value is written.</summary>
    /// <exception cref="NotSupportedException">The property's type cannot be written in a document.</exception>
    public OptionShape Shape => shape.Value;

    /// <summary>The property.</summary>
    public PropertyInfo Property { get; }

    /// <summary>The constructor parameter it is set through, or null when it is set through the property.</summary>
    public ParameterInfo? Parameter { get; }

    /// <summary>Allowed values of a number, or null when the setter alone knows.</summary>
    public RangeAttribute? Range { get; }

    /// <summary>True for the one option that may be written without its name.</summary>
    public bool IsShorthand { get; }

    /// <summary>True when there is no default.</summary>
    public bool IsRequired { get; }

    /// <summary>True when it may be left empty.</summary>
    public bool AllowsNull { get; }

    /// <summary>What its documentation comment says, as one line of plain text.</summary>
    public string Summary => XmlDocumentation.Of(Property) is { Length: > 0 } text ? text : Parameter is null ? "" : XmlDocumentation.Of(Parameter);

    /// <summary>The options of a type, in the order they are declared, those of base types first.</summary>
    public static IReadOnlyList<EntryOption> Of(Type type)
    {
        var parameters = ObjectFactory.Parameters(type);
        return [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetIndexParameters().Length == 0 && property.CanRead)
            .Select(property => new { property, parameter = parameters.FirstOrDefault(parameter => IsFor(parameter, property)) })
            .Where(pair => pair.parameter is not null || pair.property.SetMethod is { IsPublic: true })
            .Select(pair => new EntryOption(pair.property, pair.parameter))
            .OrderBy(option => DepthOf(option.Property))
            .ThenBy(option => option.Parameter?.Position ?? int.MaxValue)];
    }

    /// <summary>The value it has on an object.</summary>
    public object? ValueOn(object holder) => Property.GetValue(holder);

    private static bool IsFor(ParameterInfo parameter, PropertyInfo property) =>
        string.Equals(parameter.Name, property.Name, StringComparison.OrdinalIgnoreCase) && parameter.ParameterType == property.PropertyType;

    // An overriding property stands where the one it overrides was declared.
    private static int DepthOf(PropertyInfo property)
    {
        int depth = 0;
        for (var type = (property.GetMethod!.GetBaseDefinition().DeclaringType ?? property.DeclaringType!).BaseType; type is not null; type = type.BaseType)
            depth++;
        return depth;
    }
}
