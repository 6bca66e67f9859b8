using Frugal.Graphs.Onnx.Symbols;

namespace Frugal.Graphs.Onnx.Operators;

/// <summary>Order among the elements of a dimension.</summary>
internal static class SortOperators
{
    public static void AddTo(OperatorTable table)
    {
        table.Add("topk", call => Both(call, call.Size("k"), call.Flag("largest")));
        table.Add("sort", call => Both(call, Length(call), call.Flag("descending")));
        table.Add("argsort", call => call.Return(Top(call, Length(call), call.Flag("descending"))[1]));
        table.Add("msort", call => call.Return(call.Emit.AddMany("TopK", 2, [call.X, call.Emit.Sizes([Length(call, 0)])], ("axis", 0), ("largest", 0))[0]));
    }

    private static void Both(OperatorCall call, Extent count, bool largest)
    {
        var results = Top(call, count, largest);
        call.Return(0, results[0]);
        call.Return(1, results[1]);
    }

    private static IReadOnlyList<string> Top(OperatorCall call, Extent count, bool largest) =>
        call.Emit.AddMany("TopK", 2, [call.X, call.Emit.Sizes([count])], ("axis", call.Axis()), ("largest", largest), ("sorted", 1));

    private static Extent Length(OperatorCall call, int? axis = null) => call.Input.Shape[axis ?? call.Axis()];
}
