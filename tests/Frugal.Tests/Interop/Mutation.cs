using System.Text;

namespace Frugal.Tests.Interop;

/// <summary>Damages bytes the way fuzzers do: flips, overwrites, cuts, doubles, and inserts tokens of the format.</summary>
internal static class Mutation
{
    public static byte[] Of(byte[] seed, Random random, IReadOnlyList<string> tokens)
    {
        var bytes = new List<byte>(seed);
        for (var rounds = random.Next(1, 4); rounds > 0 && bytes.Count > 0; rounds--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 40), bytes.Count - at));
                    break;
                case 3:
                    bytes.InsertRange(at, Encoding.Latin1.GetBytes(tokens[random.Next(tokens.Count)]));
                    break;
                default:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 60), bytes.Count - at)));
                    break;
            }
        }
        return [.. bytes];
    }
}
