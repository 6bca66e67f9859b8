using Frugal.Graphs.Onnx.Calibration;
using Frugal.Graphs.Onnx.Rewriting;

namespace Frugal.Graphs.Onnx.Quantization;

/// <summary>How integers are written into a model: as such, or as what they stand for.</summary>
internal interface IQuantizedForm
{
    /// <summary>Writes the rounding of a value; returns the name of what is left of it.</summary>
    string Activation(OnnxDraft draft, string value, ActivationCode code);

    /// <summary>Writes a weight; returns the name of what the product takes.</summary>
    string Weight(OnnxDraft draft, QuantizedOperator product);

    /// <summary>Writes a bias; returns the name of what the product takes.</summary>
    string Bias(OnnxDraft draft, QuantizedOperator product);
}
