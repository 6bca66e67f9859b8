namespace Frugal.Kernels.Tests;

public class RangeCoderTests
{
    private static float[] Probabilities(Random random, int count)
    {
        var weights = Enumerable.Range(0, count).Select(_ => Math.Pow(random.NextDouble(), 6)).ToArray();
        return [.. weights.Select(weight => (float)(weight / weights.Sum()))];
    }

    private static CodingTable Table(Random random, int count, int offset) => new(CdfQuantizer.Quantize(Probabilities(random, count)), offset);

    private static int[] Draw(Random random, CodingTable table, int count)
    {
        var numbers = new int[count];
        for (int i = 0; i < count; i++)
        {
            int point = random.Next(CdfQuantizer.Total), symbol = 0;
            while (table.Cdf[symbol + 1] <= point)
                symbol++;
            numbers[i] = symbol < table.Length ? symbol + table.Offset : table.Offset + table.Length + random.Next(5);
        }
        return numbers;
    }

    private static int[] Back(byte[] bytes, IReadOnlyList<CodingTable> tables, int count)
    {
        var numbers = new int[count];
        RangeCoder.Decode(bytes, tables, numbers);
        return numbers;
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(40)]
    [InlineData(3000)]
    public void A_table_rises_strictly_from_0_to_65536(int symbols)
    {
        var table = CdfQuantizer.Quantize(Probabilities(new Random(symbols), symbols));
        Assert.Equal((0, CdfQuantizer.Total), (table[0], table[^1]));
        Assert.All(table.Zip(table.Skip(1)), bounds => Assert.True(bounds.First < bounds.Second));
    }

    [Fact]
    public void Symbols_of_probability_zero_keep_a_width_of_one()
    {
        int[] table = CdfQuantizer.Quantize([0, 0.5f, 0, 0.5f, 0]);
        Assert.Equal([1, 1, 1], new[] { 0, 2, 4 }.Select(symbol => table[symbol + 1] - table[symbol]));
        Assert.Equal(CdfQuantizer.Total - 3, table[2] - table[1] + table[4] - table[3]);
    }

    [Fact]
    public void A_table_of_as_many_symbols_as_fit_gives_each_the_same() =>
        Assert.All(CdfQuantizer.Quantize([.. Enumerable.Repeat(1f / 65_535, 65_535)]).Zip(Enumerable.Range(0, 65_535)), pair => Assert.InRange(pair.First - pair.Second, 0, 1));

    [Fact]
    public void What_is_no_table_of_probabilities_is_refused()
    {
        Assert.Throws<ArgumentException>(() => CdfQuantizer.Quantize([1]));
        Assert.Throws<ArgumentException>(() => CdfQuantizer.Quantize([0, 0, 0]));
        Assert.Throws<ArgumentException>(() => CdfQuantizer.Quantize([0.5f, float.NaN]));
        Assert.Throws<ArgumentException>(() => CdfQuantizer.Quantize([1.5f, -0.5f]));
        Assert.Throws<ArgumentException>(() => new CodingTable([0, 5, 5, 65_536], 0));
        Assert.Throws<ArgumentException>(() => new CodingTable([0, 5, 65_535], 0));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(1, 1000)]
    [InlineData(5, 77)]
    public void Numbers_come_back(int rows, int length)
    {
        var random = new Random(rows + length);
        CodingTable[] tables = [.. Enumerable.Range(0, rows).Select(row => Table(random, 2 + 30 * row, random.Next(-50, 50)))];
        int[] numbers = [.. tables.SelectMany(table => Draw(random, table, length))];
        Assert.Equal(numbers, Back(RangeCoder.Encode(numbers, tables), tables, numbers.Length));
    }

    [Fact]
    public void Numbers_far_outside_the_table_come_back()
    {
        CodingTable[] tables = [Table(new Random(1), 12, -5)];
        int[] numbers = [int.MinValue, int.MaxValue, -6, -7, 6, 7, 8, 0, -5, 5, 1_000_000, -1_000_000, int.MinValue + 1, int.MaxValue - 1];
        Assert.Equal(numbers, Back(RangeCoder.Encode(numbers, tables), tables, numbers.Length));
    }

    [Fact]
    public void Every_width_divides_exactly()
    {
        var random = new Random(3);
        foreach (uint width in Enumerable.Range(1, 300).Concat([1023, 1024, 1025, 32_767, 32_768, 32_769, 65_534, 65_535]).Select(width => (uint)width))
        {
            var symbol = new CodedSymbol(0, width);
            foreach (ulong state in Enumerable.Range(0, 200).Select(_ => (ulong)random.NextInt64(1L << 31, (long)(symbol.Limit - 1))).Append(symbol.Limit - 1).Append(1UL << 31))
                Assert.Equal(((state / width) << 16) + state % width, symbol.Push(state));
        }
    }

    [Fact]
    public void Takes_hardly_more_bits_than_the_probabilities_ask_for()
    {
        var random = new Random(4);
        for (int trial = 0; trial < 20; trial++)
        {
            var table = Table(random, 5 + 10 * trial, 0);
            int[] numbers = [.. Draw(random, table, 2000).Where(number => number < table.Length)];
            double bits = numbers.Sum(number => -Math.Log2((table.Cdf[number + 1] - table.Cdf[number]) / (double)CdfQuantizer.Total));
            Assert.True(RangeCoder.Encode(numbers, [table]).Length <= bits / 8 * 1.02 + 12);
        }
    }

    [Fact]
    public void Broken_bytes_are_refused_and_never_read_beyond()
    {
        var random = new Random(5);
        CodingTable[] tables = [Table(random, 20, 0), Table(random, 9, -3)];
        int[] numbers = [.. Draw(random, tables[0], 300), .. Draw(random, tables[1], 300)];
        byte[] bytes = RangeCoder.Encode(numbers, tables);
        Assert.Throws<FrugalException>(() => Back([], tables, 600));
        Assert.Throws<FrugalException>(() => Back(bytes[..^1], tables, 600));
        Assert.Throws<FrugalException>(() => Back(bytes[..^4], tables, 600));
        Assert.Throws<FrugalException>(() => Back([.. bytes, 0, 0, 0, 0], tables, 600));
        Assert.Throws<FrugalException>(() => Back(bytes, tables, 598));
        for (int trial = 0; trial < 500; trial++)
        {
            byte[] broken = [.. bytes];
            broken[random.Next(broken.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                Assert.NotEqual(numbers, Back(broken, tables, 600));
            }
            catch (FrugalException)
            {
                continue; // most changes are noticed; none may do worse
            }
        }
    }

    [Fact]
    public void Rows_that_do_not_divide_are_refused() => Assert.Throws<ArgumentException>(() => RangeCoder.Encode([1, 2, 3], [Table(new Random(6), 4, 0), Table(new Random(7), 4, 0)]));
}
