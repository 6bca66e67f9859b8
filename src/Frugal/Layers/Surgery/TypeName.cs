namespace Frugal.Layers.Surgery;

/// <summary>Writes a type as its author would in C#: <c>Module&lt;Tensor, Tensor&gt;</c>, <c>Linear[]</c>.</summary>
internal static class TypeName
{
    public static string Of(Type type)
    {
        if (type.IsArray)
            return $"{Of(type.GetElementType()!)}[]";
        if (!type.IsGenericType)
            return type.Name;
        string bare = type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)];
        return $"{bare}<{string.Join(", ", type.GetGenericArguments().Select(Of))}>";
    }
}
