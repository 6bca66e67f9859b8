using Frugal.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers;

public class MonarchMathTests
{
    // A generator of its own for each test, in double precision.
    private static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, dtype: float64, generator: generator);
    }

    private static double Distance(Tensor a, Tensor b) => (a - b).square().sum().sqrt().item<double>();

    private static double Largest(Tensor difference) => difference.abs().max().item<double>();

    /// <summary>Blocks <c>[b, m, n]</c> along the diagonal of a matrix <c>[b·m, b·n]</c>.</summary>
    private static Tensor BlockDiagonal(Tensor blocks) => block_diag([.. blocks.unbind(0)]);

    /// <summary>The permutation that reads a vector as <c>[rows, columns]</c> and writes it transposed.</summary>
    private static Tensor Transposition(long rows, long columns) =>
        eye(rows * columns, dtype: float64)[arange(rows * columns).view(rows, columns).t().reshape(-1)];

    private static Tensor Kronecker(Tensor a, Tensor b) =>
        (a.unsqueeze(1).unsqueeze(3) * b.unsqueeze(0).unsqueeze(2)).reshape(a.shape[0] * b.shape[0], a.shape[1] * b.shape[1]);

    public class Forms
    {
        // k, q, p and l, s, r with k·q = l·r; the last two have another number of blocks in each factor.
        [Theory]
        [InlineData(4, 4, 4, 4, 4, 4)]
        [InlineData(4, 6, 6, 4, 9, 6)]
        [InlineData(4, 4, 8, 4, 4, 4)]
        [InlineData(2, 6, 3, 4, 5, 3)]
        [InlineData(6, 2, 5, 3, 7, 4)]
        [InlineData(1, 3, 4, 1, 2, 3)]
        public void Two_stages_dense_matrix_and_explicit_permutations_agree(long k, long q, long p, long l, long s, long r)
        {
            using var scope = NewDisposeScope();
            Tensor blkdiag1 = Random(1, k, q, p), blkdiag2 = Random(2, l, s, r), input = Random(3, 5, k * p);
            var explicitly = Transposition(l, s).matmul(BlockDiagonal(blkdiag2)).matmul(Transposition(r, l)).matmul(BlockDiagonal(blkdiag1));
            var dense = MonarchMath.DenseWeight(blkdiag1, blkdiag2);
            Assert.Equal([s * l, k * p], dense.shape);
            Assert.InRange(Largest(dense - explicitly), 0, 1e-12);
            Assert.InRange(Largest(MonarchMath.Multiply(input, blkdiag1, blkdiag2) - input.matmul(dense.t())), 0, 1e-12);
        }

        [Fact]
        public void An_entry_is_the_product_that_the_paper_writes()
        {
            using var scope = NewDisposeScope();
            const long b = 3;
            Tensor right = Random(1, b, b, b), left = Random(2, b, b, b), dense = MonarchMath.DenseWeight(right, left);
            for (long row = 0; row < b * b; row++)
            {
                for (long column = 0; column < b * b; column++)
                {
                    long l = row / b, j = row % b, k = column / b, i = column % b;
                    Assert.Equal(left[j, l, k].item<double>() * right[k, j, i].item<double>(), dense[row, column].item<double>(), 1e-12);
                }
            }
        }

        [Fact]
        public void The_bias_is_added_in_the_order_of_the_output()
        {
            using var scope = NewDisposeScope();
            Tensor blkdiag1 = Random(1, 2, 6, 3), blkdiag2 = Random(2, 4, 5, 3), input = Random(3, 7, 6), bias = Random(4, 20);
            var expected = MonarchMath.Multiply(input, blkdiag1, blkdiag2) + bias;
            Assert.InRange(Largest(MonarchMath.Multiply(input, blkdiag1, blkdiag2, bias) - expected), 0, 1e-12);
        }

        [Fact]
        public void Identity_blocks_are_the_identity()
        {
            using var scope = NewDisposeScope();
            var blocks = eye(4, dtype: float64).expand(4, 4, 4);
            Assert.Equal(0, Largest(MonarchMath.DenseWeight(blocks, blocks) - eye(16, dtype: float64)));
        }

        [Theory]
        [InlineData(768, 3072, 4, 737_280)]
        [InlineData(768, 768, 4, 294_912)]
        [InlineData(4096, 4096, 64, 524_288)]
        public void Parameters_are_as_many_as_the_paper_counts(long inFeatures, long outFeatures, long numBlocks, long expected) =>
            Assert.Equal(expected, MonarchMath.NumParameters(inFeatures, outFeatures, numBlocks));
    }

    public class Projection
    {
        // Sizes with l = q, with l | q, and with l not dividing q (terms that differ from slice to slice).
        public static TheoryData<long, long, long, long, long> Sizes => new()
        {
            { 4, 4, 4, 4, 4 }, { 4, 8, 6, 4, 5 }, { 2, 6, 3, 3, 6 }, { 3, 4, 5, 2, 4 }, { 4, 3, 5, 2, 4 }, { 3, 2, 4, 6, 2 },
        };

        [Theory]
        [MemberData(nameof(Sizes))]
        public void Projection_is_a_fixed_point(long k, long q, long p, long l, long s)
        {
            using var scope = NewDisposeScope();
            var matrix = MonarchMath.DenseWeight(Random(1, k, q, p), Random(2, l, s, k * q / l));
            var (blkdiag1, blkdiag2) = MonarchMath.Project(matrix, k, l, q);
            Assert.Equal([k, q, p], blkdiag1.shape);
            Assert.Equal([l, s, k * q / l], blkdiag2.shape);
            Assert.InRange(Largest(MonarchMath.DenseWeight(blkdiag1, blkdiag2) - matrix), 0, 1e-12);
        }

        [Theory]
        [MemberData(nameof(Sizes))]
        public void The_squared_error_is_that_of_the_singular_values_left_out(long k, long q, long p, long l, long s)
        {
            using var scope = NewDisposeScope();
            var matrix = Random(1, s * l, k * p);
            var (blkdiag1, blkdiag2) = MonarchMath.Project(matrix, k, l, q);
            double expected = 0;
            for (long output = 0; output < l; output++)
            {
                for (long input = 0; input < k; input++)
                {
                    long terms = Enumerable.Range(0, (int)q).Count(row => (input * q + row) % l == output);
                    var slice = matrix[TensorIndex.Slice(output, null, l), TensorIndex.Slice(input * p, (input + 1) * p)];
                    double[] values = linalg.svd(slice, fullMatrices: false).S.data<double>().ToArray();
                    expected += values.Skip((int)terms).Sum(value => value * value);
                }
            }
            Assert.Equal(expected, Math.Pow(Distance(MonarchMath.DenseWeight(blkdiag1, blkdiag2), matrix), 2), 1e-9);
        }

        [Fact]
        public void No_step_from_the_projection_comes_nearer()
        {
            using var scope = NewDisposeScope();
            var matrix = Random(1, 20, 24);
            var (blkdiag1, blkdiag2) = MonarchMath.Project(matrix, 4, 4, 8);
            double error = Distance(MonarchMath.DenseWeight(blkdiag1, blkdiag2), matrix);
            for (ulong seed = 2; seed < 12; seed++)
            {
                var moved = MonarchMath.DenseWeight(blkdiag1 + 1e-3 * Random(seed, 4, 8, 6), blkdiag2 + 1e-3 * Random(seed + 100, 4, 5, 8));
                Assert.True(Distance(moved, matrix) >= error);
            }
        }

        [Fact]
        public void Kronecker_products_are_exact()
        {
            using var scope = NewDisposeScope();
            Tensor hadamard2 = tensor(new double[,] { { 1, 1 }, { 1, -1 } }), hadamard4 = Kronecker(hadamard2, hadamard2);
            foreach (var matrix in new[] { Kronecker(Random(1, 4, 4), Random(2, 4, 4)), Kronecker(hadamard4, hadamard4) })
            {
                var (blkdiag1, blkdiag2) = MonarchMath.Project(matrix, 4, 4, 4);
                Assert.InRange(Largest(MonarchMath.DenseWeight(blkdiag1, blkdiag2) - matrix), 0, 1e-12);
            }
        }

        [Fact]
        public void Sizes_that_do_not_fit_are_named()
        {
            using var scope = NewDisposeScope();
            var matrix = Random(1, 20, 24);
            Assert.Contains("20x24", Assert.Throws<FrugalException>(() => MonarchMath.Project(matrix, 5, 4, 4)).Message, StringComparison.Ordinal);
            Assert.Contains("no multiple of 4", Assert.Throws<FrugalException>(() => MonarchMath.Project(matrix, 3, 4, 3)).Message, StringComparison.Ordinal);
            Assert.Contains("singular values", Assert.Throws<FrugalException>(() => MonarchMath.Project(matrix, 4, 4, 24)).Message, StringComparison.Ordinal);
        }
    }
}
