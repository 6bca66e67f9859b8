namespace Frugal.Interop;

/// <summary>A tensor to be written, without saying where its bytes come from.</summary>
/// <param name="Name">Its name; any Unicode text except <c>__metadata__</c>.</param>
/// <param name="Dtype">The type of its elements.</param>
/// <param name="Shape">Its dimensions, each 0 or more.</param>
/// <param name="WriteTo">Writes exactly its bytes: little endian, row major.</param>
public sealed record SafetensorsPart(string Name, SafetensorsDtype Dtype, IReadOnlyList<long> Shape, Action<Stream> WriteTo)
{
    /// <summary>The number of bytes that type and shape ask for.</summary>
    /// <exception cref="FrugalException">A dimension is negative, the size overflows, or packed elements do not fill whole bytes.</exception>
    public long Bytes
    {
        get
        {
            Int128 bits = SafetensorsDtypes.BitsOf(Dtype);
            foreach (var size in Shape)
            {
                bits *= size;
                if (size < 0 || bits / 8 > long.MaxValue)
                    throw new FrugalException($"tensor {Refusal.Quote(Name)} has the impossible shape [{string.Join(", ", Shape)}].");
            }
            return bits % 8 == 0
                ? (long)(bits / 8)
                : throw new FrugalException($"tensor {Refusal.Quote(Name)}, {SafetensorsDtypes.NameOf(Dtype)} [{string.Join(", ", Shape)}], does not fill whole bytes; pad it.");
        }
    }
}
