namespace Frugal.Graphs.Onnx.Operators;

/// <summary>Products of vectors and matrices.</summary>
internal static class MatrixOperators
{
    public static void AddTo(OperatorTable table)
    {
        table.Add(["matmul", "mm", "bmm", "mv", "dot", "vdot"], call => call.Return(call.Emit.Add("MatMul", [call.X, call.Emit.Of(call.Tensor(1))])));
        table.Add("linear", Linear);
        table.Add("addmm", call => call.Return(Scaled(call, "mat1", "mat2")));
        table.Add("addmv", call => call.Return(Scaled(call, "mat", "vec")));
        table.Add("baddbmm", call => call.Return(Scaled(call, "batch1", "batch2")));
        table.Add("addbmm", SumOfProducts);
        table.Add("outer", call => call.Return(call.Emit.Add("Mul", [call.Unsqueeze(call.X, 1), call.Unsqueeze(call.Emit.Of(call.Tensor(1)), 0)])));
        table.Add("einsum", Einsum);
        table.Add("bilinear", Bilinear);
    }

    /// <summary><c>x wᵀ + b</c>, for rows as one Gemm.</summary>
    private static void Linear(OperatorCall call)
    {
        var (weight, bias) = (call.Emit.Of(call.Tensor("weight")), call.Optional("bias"));
        if (call.Input.Rank == 2 && call.Tensor("weight").Rank == 2)
        {
            call.Return(call.Emit.Add("Gemm", bias.Length == 0 ? [call.X, weight] : [call.X, weight, bias], ("transB", 1)));
            return;
        }
        var turned = call.Tensor("weight").Rank == 2 ? call.Transpose(weight, [1, 0]) : weight;
        var product = call.Emit.Add("MatMul", [call.X, turned]);
        call.Return(bias.Length == 0 ? product : call.Emit.Add("Add", [product, bias]));
    }

    /// <summary><c>β · self + α · left × right</c>.</summary>
    private static string Scaled(OperatorCall call, string left, string right)
    {
        var (alpha, beta) = (call.Number("alpha"), call.Number("beta"));
        var (a, b) = (call.Tensor(left), call.Tensor(right));
        if (a.Rank == 2 && b.Rank == 2)
        {
            // A linear layer turns its weight before the product; Gemm takes it as it is stored.
            var stored = call.Emit.TransposeOf(b);
            List<string> inputs = [call.Emit.Of(a), call.Emit.Of(stored ?? b), .. beta == 0 ? Array.Empty<string>() : [call.X]];
            return call.Emit.Add("Gemm", inputs, ("alpha", alpha), ("beta", beta), ("transB", stored is not null));
        }
        var product = Times(call, call.Emit.Add("MatMul", [call.Emit.Of(a), call.Emit.Of(b)]), alpha);
        return beta == 0 ? product : call.Emit.Add("Add", [Times(call, call.X, beta), product]);
    }

    private static void SumOfProducts(OperatorCall call)
    {
        var product = call.Emit.Add("MatMul", [call.Emit.Of(call.Tensor("batch1")), call.Emit.Of(call.Tensor("batch2"))]);
        var sum = call.Emit.Add("ReduceSum", [product, call.Emit.Integers(0)], ("keepdims", 0));
        call.Return(call.Emit.Add("Add", [Times(call, call.X, call.Number("beta")), Times(call, sum, call.Number("alpha"))]));
    }

    private static void Einsum(OperatorCall call)
    {
        // ONNX has small letters only.
        var equation = call.Text("equation")!;
        Dictionary<char, char> small = [];
        var free = new Queue<char>("abcdefghijklmnopqrstuvwxyz".Except(equation));
        var renamed = string.Concat(equation.Where(c => c != ' ').Select(c => char.IsAsciiLetterUpper(c) ? Small(c) : c));
        call.Return(call.Emit.Add("Einsum", [.. call.Tensors("tensors").Select(call.Emit.Of)], ("equation", renamed)));

        char Small(char letter) => small.TryGetValue(letter, out var known) ? known
            : small[letter] = free.Count > 0 ? free.Dequeue() : throw call.Unsupported("it has more than 26 different letters");
    }

    /// <summary><c>y[n, o] = Σ x1[n, i] w[o, i, j] x2[n, j] + b[o]</c>.</summary>
    private static void Bilinear(OperatorCall call)
    {
        var product = call.Emit.Add("Einsum", [call.X, call.Emit.Of(call.Tensor(1)), call.Emit.Of(call.Tensor("weight"))], ("equation", "...i,...j,oij->...o"));
        var bias = call.Optional("bias");
        call.Return(bias.Length == 0 ? product : call.Emit.Add("Add", [product, bias]));
    }

    private static string Times(OperatorCall call, string x, double factor) => factor == 1 ? x : call.Emit.Add("Mul", [x, call.Emit.Scalar(factor, call.Output.DType)]);
}
