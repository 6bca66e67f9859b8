namespace Frugal.Graphs.Groups.Rules;

/// <summary>Statistics over axes, and softmax.</summary>
internal static class ReductionRules
{
    public static void AddTo(ChannelRules rules)
    {
        rules.Add(["mean", "sum", "amax", "amin", "max", "min", "std", "var", "norm", "linalg_vector_norm", "logsumexp"], Reduce);
        rules.Add(["softmax", "_softmax", "log_softmax", "_log_softmax"], Softmax);
    }

    private static void Reduce(ChannelCall call)
    {
        if (call.Node.Inputs.Count > 1)
        {
            // Maximum and minimum of two tensors.
            call.Return(call.Broadcast([.. call.Node.Inputs.Select(call.Of)], call.OutputShape));
            return;
        }
        int rank = call.X.Rank;
        var given = call.Integers("dim");
        int[] axes = given.Length == 0 ? [.. Enumerable.Range(0, rank)] : [.. given.Select(axis => ChannelCall.Axis(axis, rank))];
        call.Return(call.Algebra.Reduce(call.X, axes, keepsAxes: call.Argument("keepdim") is true));
    }

    private static void Softmax(ChannelCall call)
    {
        call.FreezeAlong(call.X, call.Axis(), "softmax is taken over it");
        call.Return(call.X);
    }
}
