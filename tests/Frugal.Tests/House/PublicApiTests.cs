using System.Reflection;
using System.Text;

namespace Frugal.Tests.House;

/// <summary>The public members of the libraries as an approved text, so that a change of the interface shows in review.</summary>
public class PublicApiTests
{
    [Fact]
    public void Of_the_library_is_approved() => Approved.Verify("public API of Frugal", Write(typeof(Frugal.Catalogue.CatalogueIndex).Assembly));

    [Fact]
    public void Of_the_kernels_is_approved() => Approved.Verify("public API of Frugal.Kernels", Write(typeof(Kernels.Simd).Assembly));

    private static string Write(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append($"{Kind(type)} {type.Namespace}.{Name(type)}{Parents(type)}\n");
            foreach (string member in Members(type).Order(StringComparer.Ordinal))
                text.Append($"    {member}\n");
        }
        return text.ToString();
    }

    private static IEnumerable<string> Members(Type type)
    {
        const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        if (type.IsEnum)
            return Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name))}");
        return type.GetConstructors(Declared).Where(IsVisible).Select(constructor => $"new({Parameters(constructor)})")
            .Concat(type.GetMethods(Declared).Where(method => IsVisible(method) && !method.IsSpecialName && !IsGenerated(method)).Select(method =>
                $"{Modifiers(method)}{Name(method.ReturnType)} {method.Name}{Generics(method.GetGenericArguments())}({Parameters(method)})"))
            .Concat(type.GetProperties(Declared).Where(property => property.GetMethod is { } get && IsVisible(get) && property.Name != "EqualityContract").Select(property =>
                $"{Modifiers(property.GetMethod!)}{Name(property.PropertyType)} {property.Name} {{ get;{Setter(property)} }}"))
            .Concat(type.GetFields(Declared).Where(field => (field.IsPublic || field.IsFamily) && !field.Name.Contains('<', StringComparison.Ordinal)).Select(field =>
                $"{(field.IsLiteral ? "const " : field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}{(field.IsLiteral ? $" = {field.GetRawConstantValue()}" : "")}"));
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    // What the compiler gives a record.
    private static bool IsGenerated(MethodInfo method) => method.Name is "Equals" or "GetHashCode" or "ToString" or "PrintMembers" or "<Clone>$" or "Deconstruct";

    private static string Modifiers(MethodInfo method) => method switch
    {
        { IsFamily: true, IsAbstract: true } => "protected abstract ",
        { IsFamily: true } => "protected ",
        { DeclaringType.IsInterface: true } => "",
        { IsStatic: true } => "static ",
        { IsAbstract: true } => "abstract ",
        { IsVirtual: true, IsFinal: false } => method.GetBaseDefinition() == method ? "virtual " : "override ",
        _ => "",
    };

    private static string Setter(PropertyInfo property) => property.SetMethod is { } set && IsVisible(set)
        ? set.ReturnParameter.GetRequiredCustomModifiers().Length > 0 ? " init;" : " set;"
        : "";

    private static string Kind(Type type) => type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct"
        : type is { IsAbstract: true, IsSealed: true } ? "static class" : type.IsAbstract ? "abstract class" : type.IsSealed ? "sealed class" : "class";

    private static string Parents(Type type)
    {
        string?[] parents = [type.BaseType is { } parent && parent != typeof(object) && !type.IsValueType ? Name(parent) : null];
        return parents is [{ } name] && !type.IsEnum ? $" : {name}" : "";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{(parameter.IsOut ? "out " : parameter.ParameterType.IsByRef ? "ref " : "")}{Name(parameter.ParameterType)} {parameter.Name}"
        + (parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "default"}" : "")));

    private static string Name(Type type)
    {
        if (type.IsByRef)
            return Name(type.GetElementType()!);
        if (type.IsArray)
            return Name(type.GetElementType()!) + "[]";
        if (Nullable.GetUnderlyingType(type) is { } value)
            return Name(value) + "?";
        string name = type.Name.Split('`')[0];
        if (type.IsNested && !type.IsGenericParameter)
            name = $"{Name(type.DeclaringType!)}.{name}";
        return name + (type.IsGenericType ? Generics(type.GetGenericArguments()) : "");
    }

    private static string Generics(Type[] arguments) => arguments.Length == 0 ? "" : $"<{string.Join(", ", arguments.Select(Name))}>";
}
