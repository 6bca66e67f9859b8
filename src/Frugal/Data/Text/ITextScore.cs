using static TorchSharp.torch;

namespace Frugal.Data.Text;

/// <summary>Measures of a task beside accuracy and loss, gathered batch by batch.</summary>
public interface ITextScore
{
    /// <summary>Takes a batch into account.</summary>
    /// <param name="examples">Positions of its examples.</param>
    /// <param name="outputs">What the model gave for them, on the CPU.</param>
    void Add(IReadOnlyList<int> examples, Tensor outputs);

    /// <summary>The measures by name.</summary>
    IReadOnlyDictionary<string, double> Result();
}
