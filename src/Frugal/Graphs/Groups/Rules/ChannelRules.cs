namespace Frugal.Graphs.Groups.Rules;

/// <summary>How each operator of libtorch hands on the channels of its operands, by its name without namespace.</summary>
internal sealed class ChannelRules
{
    private static readonly Lazy<ChannelRules> ours = new(() =>
    {
        var rules = new ChannelRules();
        AttentionRules.AddTo(rules);
        ConvolutionRules.AddTo(rules);
        ElementwiseRules.AddTo(rules);
        JoinRules.AddTo(rules);
        MatrixRules.AddTo(rules);
        NormalizationRules.AddTo(rules);
        ReductionRules.AddTo(rules);
        ShapeRules.AddTo(rules);
        SpatialRules.AddTo(rules);
        return rules;
    });

    private readonly Dictionary<string, Action<ChannelCall>> rules = [];

    public static ChannelRules Default => ours.Value;

    public void Add(string name, Action<ChannelCall> rule) => rules.Add(name, rule);

    public void Add(IEnumerable<string> names, Action<ChannelCall> rule)
    {
        foreach (var name in names)
            Add(name, rule);
    }

    /// <summary>The rule of an operator; an in-place one has that of the ordinary one, since values here never change.</summary>
    public Action<ChannelCall>? Find(string op)
    {
        if (!op.StartsWith("aten::", StringComparison.Ordinal))
            return null;
        var name = op["aten::".Length..];
        return rules.TryGetValue(name, out var rule) || (name.EndsWith('_') && rules.TryGetValue(name[..^1], out rule)) ? rule : null;
    }
}
