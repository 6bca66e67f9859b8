namespace Frugal.Kernels;

/// <summary>
/// One width of vector, as a type: kernels are written once over it, and compiled for each width with every operation inlined.
/// </summary>
/// <typeparam name="TVector">The vector: 128, 256 or 512 bits of floats.</typeparam>
internal unsafe interface ILanes<TVector> where TVector : struct
{
    /// <summary>Floats in a vector.</summary>
    static abstract int Count { get; }

    static abstract TVector Load(float* source);

    /// <summary>The first <paramref name="count"/> lanes from memory, zeros in the others; nothing behind them is read.</summary>
    static abstract TVector LoadPartial(float* source, int count);

    static abstract void Store(float* target, TVector value);

    /// <summary>The first <paramref name="count"/> lanes to memory; nothing behind them is written.</summary>
    static abstract void StorePartial(float* target, int count, TVector value);

    static abstract TVector Broadcast(float value);

    static abstract TVector Add(TVector left, TVector right);

    static abstract TVector Subtract(TVector left, TVector right);

    static abstract TVector Multiply(TVector left, TVector right);

    static abstract TVector Divide(TVector left, TVector right);

    /// <summary>left · right + addend, rounded once where the processor can.</summary>
    static abstract TVector MultiplyAdd(TVector left, TVector right, TVector addend);

    /// <summary>The larger of each pair; not a number where either is not.</summary>
    static abstract TVector Max(TVector left, TVector right);

    /// <summary>The smaller of each pair; not a number where either is not.</summary>
    static abstract TVector Min(TVector left, TVector right);

    static abstract TVector Abs(TVector value);

    /// <summary>To the nearest whole number, ties to even.</summary>
    static abstract TVector Round(TVector value);

    /// <summary>2 to the power of whole numbers from -126 to 127.</summary>
    static abstract TVector PowerOfTwo(TVector exponent);

    /// <summary><paramref name="yes"/> where <paramref name="left"/> is below <paramref name="right"/>, else <paramref name="no"/>.</summary>
    static abstract TVector SelectLess(TVector left, TVector right, TVector yes, TVector no);

    /// <summary>A bit for each lane, the first one lowest: set where <paramref name="left"/> is below <paramref name="right"/>.</summary>
    static abstract uint LessMask(TVector left, TVector right);

    /// <summary>Stores whole numbers from 0 to 255 as a byte each; anything else gives any bytes.</summary>
    static abstract void StoreBytes(byte* target, TVector value);

    /// <summary>sums - zero · columnSums, computed in 32-bit integers, as floats.</summary>
    static abstract TVector Dequantize(int* sums, int* columnSums, int zero);

    /// <summary>Some bits of each 32-bit word as a signed number: what is left of the word shifted left, and then right with its sign. Counts should be constants.</summary>
    static abstract TVector SignedBits(int* words, int left, int right);

    static abstract float Sum(TVector value);

    /// <summary>Transposes a square block of <see cref="Count"/> rows: row r, column c of the source becomes row c, column r of the target.</summary>
    /// <param name="sourcePitch">Floats from one row to the next.</param>
    /// <param name="targetPitch">Floats from one row to the next.</param>
    static abstract void Transpose(float* source, nint sourcePitch, float* target, nint targetPitch);
}
