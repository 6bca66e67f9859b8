namespace Frugal.Layers.Packed;

/// <summary>A layer whose arrays must agree with each other before they are used: they are checked when a file has filled them.</summary>
internal interface ICheckedArrays
{
    /// <exception cref="FrugalException">The arrays are of another version than this library reads, or contradict each other.</exception>
    void CheckArrays();
}
