namespace Frugal.Kernels;

/// <summary>The product of coded inputs with one kind of panels; <see cref="PanelTask{TProduct}"/> does the rest.</summary>
internal unsafe interface IPanelProduct
{
    /// <summary>Steps of a panel, an even number.</summary>
    int Steps { get; }

    /// <summary>Rows at most for which eight panels are taken at a time instead of two.</summary>
    int MaxWideRows { get; }

    /// <summary>Scratch memory that <see cref="Prepare"/> needs.</summary>
    nint ScratchBytes { get; }

    /// <summary>Codes a row of the input; words behind its last input may hold anything, since panels have nothing there.</summary>
    RowCode Encode<TLanes, TVector>(float* row, byte* codes) where TLanes : ILanes<TVector> where TVector : struct;

    /// <summary>The panels from <paramref name="firstPanel"/> on as <see cref="Multiply"/> wants them for a block of so many rows.</summary>
    byte* Prepare(int firstPanel, int panels, int rows, byte* scratch);

    /// <summary>Writes the sums of 1 to <see cref="PanelCode.MaxRows"/> rows with 2 or 8 prepared panels, <c>[rows, panels · 16]</c>.</summary>
    void Multiply(byte* codes, nint pitch, int rows, byte* prepared, int panels, int* sums);
}
