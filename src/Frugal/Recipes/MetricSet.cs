using System.Collections;

namespace Frugal.Recipes;

/// <summary>What has been measured of a subject, by metric name. A metric that was not measured is absent, never 0.</summary>
public sealed class MetricSet : IEnumerable<KeyValuePair<string, double>>
{
    private readonly SortedDictionary<string, double> values = new(StringComparer.Ordinal);

    /// <summary>The value of a metric, or null when it has not been measured. Setting null forgets it.</summary>
    public double? this[string name]
    {
        get => values.TryGetValue(name, out double value) ? value : null;
        set
        {
            if (value is { } known)
                values[name] = known;
            else
                values.Remove(name);
        }
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, double>> GetEnumerator() => values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
