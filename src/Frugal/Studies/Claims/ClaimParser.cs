using System.Globalization;

namespace Frugal.Studies.Claims;

/// <summary>
/// Reads claims by recursive descent: comparison := sum op sum; sum := product (('+'|'-') product)*;
/// product := factor (('*'|'/') factor)*; factor := number | arm.metric | function '(' sum (',' sum)* ')' | '(' sum ')' | '-' factor.
/// </summary>
internal sealed class ClaimParser(string text)
{
    private static readonly string[] Comparisons = ["<=", ">=", "==", "<", ">"];

    private int position;

    public Expression ReadSum()
    {
        var sum = ReadProduct();
        while (true)
        {
            if (TryRead("+"))
                sum = Binary("+", sum, ReadProduct(), (a, b) => a + b);
            else if (TryRead("-"))
                sum = Binary("-", sum, ReadProduct(), (a, b) => a - b);
            else
                return sum;
        }
    }

    public string ReadComparison()
    {
        foreach (string comparison in Comparisons)
        {
            if (TryRead(comparison))
                return comparison;
        }
        throw Error($"expected one of {string.Join(' ', Comparisons)}");
    }

    public void ExpectEnd()
    {
        SkipSpace();
        if (position < text.Length)
            throw Error("expected nothing more");
    }

    private Expression ReadProduct()
    {
        var product = ReadFactor();
        while (true)
        {
            if (TryRead("*"))
                product = Binary("*", product, ReadFactor(), (a, b) => a * b);
            else if (TryRead("/"))
                product = Binary("/", product, ReadFactor(), (a, b) => a / b);
            else
                return product;
        }
    }

    private Expression ReadFactor()
    {
        SkipSpace();
        if (TryRead("("))
        {
            var inner = ReadSum();
            Expect(")");
            return inner;
        }
        if (TryRead("-"))
            return new Expression.Operation("-", values => -values[0], [ReadFactor()]);
        if (position < text.Length && (char.IsAsciiDigit(text[position]) || text[position] == '.'))
            return ReadNumber();
        if (position < text.Length && char.IsAsciiLetter(text[position]))
            return ReadNamed();
        throw Error("expected a number, arm.metric, a function or '('");
    }

    private Expression.Number ReadNumber()
    {
        int start = position;
        while (position < text.Length && (char.IsAsciiLetterOrDigit(text[position]) || text[position] == '.'
            || (text[position] is '-' or '+' && text[position - 1] is 'e' or 'E')))
            position++;
        string digits = text[start..position];
        if (!double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
        {
            position = start;
            throw Error($"'{digits}' is not a number");
        }
        return new Expression.Number(value);
    }

    private Expression ReadNamed()
    {
        int start = position;
        string name = ReadName();
        if (TryRead("."))
            return new Expression.Mean(name, ReadName());
        if (TryRead("("))
            return ReadCall(name, start);
        throw Error($"expected '.' and a metric after the arm '{name}'");
    }

    private Expression ReadCall(string name, int start)
    {
        var operands = new List<Expression> { ReadSum() };
        while (TryRead(","))
            operands.Add(ReadSum());
        Expect(")");
        return (name, operands) switch
        {
            ("abs", [_]) => new Expression.Operation(name, values => Math.Abs(values[0]), [.. operands]),
            ("min", [_, _, ..]) => new Expression.Operation(name, values => values.Min(), [.. operands]),
            ("max", [_, _, ..]) => new Expression.Operation(name, values => values.Max(), [.. operands]),
            ("std", [Expression.Mean metric]) => new Expression.Deviation(metric.Arm, metric.Metric),
            _ => throw Error("functions are abs(x), min(x, y), max(x, y) and std(arm.metric)", start),
        };
    }

    // Letters, digits and hyphens; a hyphen belongs to the name only between two of its characters, so that "a.b - c.d" subtracts.
    private string ReadName()
    {
        int start = position;
        while (position < text.Length && (char.IsAsciiLetterOrDigit(text[position]) || text[position] == '_'
            || (text[position] == '-' && position > start && position + 1 < text.Length && char.IsAsciiLetterOrDigit(text[position + 1]))))
            position++;
        return position > start ? text[start..position] : throw Error("expected a name");
    }

    private void Expect(string token)
    {
        if (!TryRead(token))
            throw Error($"expected '{token}'");
    }

    private bool TryRead(string token)
    {
        SkipSpace();
        if (string.CompareOrdinal(text, position, token, 0, token.Length) != 0)
            return false;
        position += token.Length;
        return true;
    }

    private void SkipSpace()
    {
        while (position < text.Length && char.IsWhiteSpace(text[position]))
            position++;
    }

    private static Expression.Operation Binary(string name, Expression left, Expression right, Func<double, double, double> function) =>
        new(name, values => function(values[0], values[1]), [left, right]);

    private FrugalException Error(string expected, int? at = null)
    {
        int where = at ?? position;
        string found = where < text.Length ? $"found '{text[where..]}'" : "found the end";
        return new FrugalException($"The claim '{text}' makes no sense at character {where + 1}: {expected}, {found}.");
    }
}
