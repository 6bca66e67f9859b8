using System.Reflection;

namespace Frugal.Catalogue;

/// <summary>
/// Makes objects from options: through the constructor without parameters where there is one, otherwise through the public one with the most
/// parameters, whose options are those with a property of the same name.
/// </summary>
internal static class ObjectFactory
{
    private const BindingFlags Unwrapped = BindingFlags.DoNotWrapExceptions;

    /// <summary>True when there is a constructor to go through.</summary>
    public static bool CanMake(Type type) => !type.IsAbstract && (type.IsValueType || type.GetConstructors().Length > 0);

    /// <summary>The parameters of the constructor that objects are made with.</summary>
    public static ParameterInfo[] Parameters(Type type) => Constructor(type)?.GetParameters() ?? [];

    /// <summary>Makes an object.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="values">Values by option; those that are absent keep their defaults.</param>
    /// <param name="failed">Told of each option whose setter refuses its value; the object is then of no use.</param>
    public static object Make(Type type, IReadOnlyDictionary<EntryOption, object?> values, Action<EntryOption, Exception> failed)
    {
        var byParameter = values.Where(pair => pair.Key.Parameter is not null).ToDictionary(pair => pair.Key.Parameter!.Name!, pair => pair.Value);
        object?[] arguments = [.. Parameters(type).Select(parameter => byParameter.TryGetValue(parameter.Name!, out object? value) ? value : DefaultOf(parameter))];
        object made = Constructor(type) is { } constructor
            ? constructor.Invoke(Unwrapped, null, arguments, null)
            : Activator.CreateInstance(type)!;
        foreach (var (option, value) in values)
        {
            if (option.Parameter is not null)
                continue;
            try
            {
                option.Property.SetValue(made, value, Unwrapped, null, null, null);
            }
            catch (Exception e) when (e is ArgumentException or FrugalException or FormatException)
            {
                failed(option, e);
            }
        }
        return made;
    }

    /// <summary>The value a parameter has when nothing is given.</summary>
    public static object? DefaultOf(ParameterInfo parameter) => parameter switch
    {
        { HasDefaultValue: false } => throw new MissingMemberException(parameter.Member.DeclaringType?.Name, parameter.Name),
        { DefaultValue: null } when parameter.ParameterType.IsValueType && Nullable.GetUnderlyingType(parameter.ParameterType) is null =>
            Activator.CreateInstance(parameter.ParameterType),
        { DefaultValue: { } value } when (Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType) is { IsEnum: true } choice =>
            Enum.ToObject(choice, value),
        _ => parameter.DefaultValue,
    };

    private static ConstructorInfo? Constructor(Type type)
    {
        var constructors = type.GetConstructors();
        return constructors.FirstOrDefault(constructor => constructor.GetParameters().Length == 0)
            ?? constructors.MaxBy(constructor => constructor.GetParameters().Length);
    }
}
