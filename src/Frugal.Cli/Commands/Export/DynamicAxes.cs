using System.CommandLine;
using System.Globalization;
using Frugal.Graphs;

namespace Frugal.Cli.Commands.Export;

/// <summary>The option of <c>frugal export</c> that names axes whose length may change.</summary>
internal sealed class DynamicAxes
{
    private readonly Option<string[]> option = new("--dynamic")
    {
        HelpName = "NAME=AXIS",
        Description = "An axis of the input whose length may change beside the batch, which is axis 0: sequence=1. May be given several times.",
    };

    public void AddTo(Command command) => command.Options.Add(option);

    /// <summary>The axes.</summary>
    /// <exception cref="UsageException">One of them is not written so.</exception>
    public IReadOnlyList<DynamicLength> Of(ParseResult arguments)
    {
        DynamicLength[] lengths = [.. (arguments.GetValue(option) ?? []).Select(Parse)];
        if (lengths.GroupBy(length => length.Axis).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new UsageException($"--dynamic names axis {twice.Key} twice");
        return lengths;
    }

    private static DynamicLength Parse(string text)
    {
        if (text.Split('=') is not [{ Length: > 0 } name, var number] || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int axis))
            throw new UsageException($"--dynamic {text}: write NAME=AXIS, e.g. sequence=1");
        if (axis is < 1 or > 63 || name == "batch")
            throw new UsageException($"--dynamic {text}: the batch, axis 0, is dynamic anyway; name another axis, e.g. sequence=1");
        return new DynamicLength(name, axis);
    }
}
