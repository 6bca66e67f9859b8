using System.Reflection;

namespace Frugal.Catalogue;

/// <summary>
/// How a value of some C# type is written in a document. Binding, writing, merging, overriding, help and the schema all follow it, so that a new type of option
/// is taught in one place.
/// </summary>
/// <param name="Type">The C# type; for an option that may be left empty, the type without the question mark.</param>
public abstract record OptionShape(Type Type)
{
    /// <summary>The shape in words, e.g. <c>number</c>, <c>list of transforms</c>.</summary>
    public abstract string Words { get; }

    /// <summary>Several of the shape in words, e.g. <c>numbers</c>, <c>transforms</c>.</summary>
    public virtual string PluralWords => Words + "s";

    /// <summary>A number, text, true or false, or a type of one word that has <c>static Parse(string)</c>, such as <see cref="Duration"/>.</summary>
    /// <param name="Type">The C# type.</param>
    /// <param name="Parse">Its parse method, or null for the types that C# knows itself.</param>
    public sealed record Scalar(Type Type, MethodInfo? Parse) : OptionShape(Type)
    {
        /// <summary>True for a number that is whole.</summary>
        public bool IsWhole => Type == typeof(int) || Type == typeof(long);

        /// <summary>True for a number.</summary>
        public bool IsNumber => IsWhole || Type == typeof(double) || Type == typeof(float);

        /// <inheritdoc/>
        public override string PluralWords => Type == typeof(bool) ? Words : base.PluralWords;

        /// <inheritdoc/>
        public override string Words =>
            Type == typeof(bool) ? "true or false" : Type == typeof(string) ? "text" : IsWhole ? "whole number" : IsNumber ? "number" : KebabCase.Of(Type.Name).Replace('-', ' ');
    }

    /// <summary>One of a few words.</summary>
    /// <param name="Type">The enumeration.</param>
    public sealed record Choice(Type Type) : OptionShape(Type)
    {
        /// <summary>The words, in kebab case.</summary>
        public IReadOnlyList<string> Values { get; } = [.. Enum.GetNames(Type).Select(KebabCase.Of)];

        /// <inheritdoc/>
        public override string PluralWords => Words;

        /// <inheritdoc/>
        public override string Words => string.Join(", ", Values.Take(Values.Count - 1)) + (Values.Count > 1 ? " or " : "") + Values[^1];

        /// <summary>The member that a word stands for, or null.</summary>
        public object? Member(string word) => Enum.GetNames(Type).FirstOrDefault(name => KebabCase.Of(name) == word) is { } name ? Enum.Parse(Type, name) : null;
    }

    /// <summary>Values in order.</summary>
    /// <param name="Type">The array or list type.</param>
    /// <param name="Item">Shape of one value.</param>
    public sealed record List(Type Type, OptionShape Item) : OptionShape(Type)
    {
        /// <inheritdoc/>
        public override string PluralWords => $"lists of {Item.PluralWords}";

        /// <inheritdoc/>
        public override string Words => $"list of {Item.PluralWords}";
    }

    /// <summary>Values by names that the person chooses.</summary>
    /// <param name="Type">The type: a dictionary, or a list of <c>(string, T)</c> where the order counts.</param>
    /// <param name="Value">Shape of one value.</param>
    public sealed record Map(Type Type, OptionShape Value) : OptionShape(Type)
    {
        /// <summary>True when the C# value is a list of name and value.</summary>
        public bool IsOrdered => Type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>);

        /// <summary>The C# types of name and value.</summary>
        internal Type[] PairTypes => IsOrdered ? Type.GetGenericArguments()[0].GetGenericArguments() : Type.GetGenericArguments();

        /// <inheritdoc/>
        public override string Words => $"mapping of names to {Value.PluralWords}";
    }

    /// <summary>An entry of the catalogue by its short name, with options.</summary>
    /// <param name="Type">The base type of its kind.</param>
    /// <param name="Kind">Its kind.</param>
    public sealed record Entry(Type Type, CatalogueKindAttribute Kind) : OptionShape(Type)
    {
        /// <inheritdoc/>
        public override string Words => Kind.Name;

        /// <inheritdoc/>
        public override string PluralWords => Kind.Plural;
    }

    /// <summary>Options that belong together and have no short name of their own.</summary>
    /// <param name="Type">The type with the options.</param>
    public sealed record Group(Type Type) : OptionShape(Type)
    {
        /// <inheritdoc/>
        public override string Words => KebabCase.Of(Type.Name).Replace('-', ' ');
    }

    /// <summary>The shape of a type.</summary>
    /// <exception cref="NotSupportedException">Values of the type cannot be written in a document: it is no option.</exception>
    public static OptionShape Of(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(bool) || type == typeof(int) || type == typeof(long) || type == typeof(double) || type == typeof(float) || type == typeof(string))
            return new Scalar(type, null);
        if (type.IsEnum)
            return new Choice(type);
        if (type.GetMethod("Parse", BindingFlags.Public | BindingFlags.Static, [typeof(string)]) is { } parse && parse.ReturnType == type)
            return new Scalar(type, parse);
        if (type.IsAbstract && KindOf(type) is { } kind)
            return new Entry(type, kind);
        if (ValueTypeOfMap(type) is { } value)
            return new Map(type, Of(value));
        if (ItemTypeOfList(type) is { } item)
            return new List(type, Of(item));
        if (type.Assembly == typeof(object).Assembly || type.IsAbstract || !ObjectFactory.CanMake(type))
            throw new NotSupportedException($"{type} cannot be written in a recipe; an option is a number, text, enumeration, list, dictionary, catalogued type, or a type with options of its own.");
        return new Group(type);
    }

    /// <summary>The kind that a type's base types or interfaces declare, or null.</summary>
    internal static CatalogueKindAttribute? KindOf(Type type) => KindTypeOf(type)?.GetCustomAttribute<CatalogueKindAttribute>(inherit: false);

    /// <summary>The base type or interface that makes a type an entry of some kind, or null.</summary>
    internal static Type? KindTypeOf(Type type)
    {
        for (Type? candidate = type; candidate is not null; candidate = candidate.BaseType)
            if (candidate.IsDefined(typeof(CatalogueKindAttribute), inherit: false))
                return candidate;
        return type.GetInterfaces().FirstOrDefault(candidate => candidate.IsDefined(typeof(CatalogueKindAttribute), inherit: false));
    }

    private static Type? ItemTypeOfList(Type type) =>
        type.IsArray ? type.GetElementType() : ArgumentsOf(type, typeof(IReadOnlyList<>), typeof(List<>), typeof(IReadOnlyCollection<>), typeof(IEnumerable<>))?[0];

    private static Type? ValueTypeOfMap(Type type)
    {
        var pair = ArgumentsOf(type, typeof(IReadOnlyDictionary<,>), typeof(Dictionary<,>));
        if (pair is null && ArgumentsOf(type, typeof(IReadOnlyList<>)) is [var item])
            pair = ArgumentsOf(item, typeof(ValueTuple<,>));
        return pair is [var key, var value] && key == typeof(string) ? value : null;
    }

    private static Type[]? ArgumentsOf(Type type, params ReadOnlySpan<Type> definitions) =>
        type.IsGenericType && definitions.Contains(type.GetGenericTypeDefinition()) ? type.GetGenericArguments() : null;
}
