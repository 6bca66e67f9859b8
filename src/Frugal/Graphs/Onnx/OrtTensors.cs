using Frugal.Graphs.Onnx.Model;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Frugal.Graphs.Onnx;

/// <summary>Tensors from libtorch to ONNX Runtime and back, as bytes.</summary>
internal static class OrtTensors
{
    public static OrtValue Of(Tensor tensor)
    {
        var data = ConstantData.Of(tensor);
        var value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, (TensorElementType)OnnxElement.Of(data.DType), [.. data.Shape]);
        data.Bytes.CopyTo(value.GetTensorMutableRawData());
        return value;
    }

    public static Tensor Read(OrtValue value)
    {
        var about = value.GetTensorTypeAndShape();
        var type = Enum.GetValues<ScalarType>().First(type => IsElement(type, (int)about.ElementDataType));
        return new ConstantData(type, about.Shape, value.GetTensorMutableRawData().ToArray()).ToTensor();
    }

    private static bool IsElement(ScalarType type, int element) =>
        type is not (ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64) && OnnxElement.Of(type) == element;
}
