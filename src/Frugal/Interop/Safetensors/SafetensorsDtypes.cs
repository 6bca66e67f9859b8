using TorchSharp;

namespace Frugal.Interop;

/// <summary>What each element type is called in the file, how wide it is, and which libtorch type holds it.</summary>
public static class SafetensorsDtypes
{
    private static readonly (SafetensorsDtype Dtype, string Name, int Bits, torch.ScalarType? Torch)[] table =
    [
        (SafetensorsDtype.Bool, "BOOL", 8, torch.ScalarType.Bool),
        (SafetensorsDtype.U8, "U8", 8, torch.ScalarType.Byte),
        (SafetensorsDtype.I8, "I8", 8, torch.ScalarType.Int8),
        (SafetensorsDtype.U16, "U16", 16, null),
        (SafetensorsDtype.I16, "I16", 16, torch.ScalarType.Int16),
        (SafetensorsDtype.U32, "U32", 32, null),
        (SafetensorsDtype.I32, "I32", 32, torch.ScalarType.Int32),
        (SafetensorsDtype.U64, "U64", 64, null),
        (SafetensorsDtype.I64, "I64", 64, torch.ScalarType.Int64),
        (SafetensorsDtype.F16, "F16", 16, torch.ScalarType.Float16),
        (SafetensorsDtype.BF16, "BF16", 16, torch.ScalarType.BFloat16),
        (SafetensorsDtype.F32, "F32", 32, torch.ScalarType.Float32),
        (SafetensorsDtype.F64, "F64", 64, torch.ScalarType.Float64),
        (SafetensorsDtype.C64, "C64", 64, torch.ScalarType.ComplexFloat32),
        (SafetensorsDtype.F8E5M2, "F8_E5M2", 8, null),
        (SafetensorsDtype.F8E4M3, "F8_E4M3", 8, null),
        (SafetensorsDtype.F8E8M0, "F8_E8M0", 8, null),
        (SafetensorsDtype.F6E2M3, "F6_E2M3", 6, null),
        (SafetensorsDtype.F6E3M2, "F6_E3M2", 6, null),
        (SafetensorsDtype.F4, "F4", 4, null),
    ];

    /// <summary>All names of the format, for messages.</summary>
    public static string Known { get; } = string.Join(", ", table.Select(row => row.Name));

    /// <summary>The name in the file: <c>F32</c>, <c>F8_E4M3</c>.</summary>
    public static string NameOf(SafetensorsDtype dtype) => table[(int)dtype].Name;

    /// <summary>Bits of one element; 4 and 6 for the packed types.</summary>
    public static int BitsOf(SafetensorsDtype dtype) => table[(int)dtype].Bits;

    /// <summary>The libtorch type with the same bits, or <c>null</c> where TorchSharp has none.</summary>
    public static torch.ScalarType? TorchOf(SafetensorsDtype dtype) => table[(int)dtype].Torch;

    /// <summary>All types with their names in the file.</summary>
    internal static IReadOnlyList<(SafetensorsDtype Dtype, string Name)> Spelled { get; } = [.. table.Select(row => (row.Dtype, row.Name))];

    /// <summary>The file's type for a libtorch type.</summary>
    /// <exception cref="FrugalException">The format has no such type (quantised and double-precision complex ones).</exception>
    public static SafetensorsDtype FromTorch(torch.ScalarType type)
    {
        foreach (var row in table)
            if (row.Torch == type)
                return row.Dtype;
        throw new FrugalException($"safetensors cannot hold tensors of type {type}; convert them to one of {Known} first.");
    }
}
