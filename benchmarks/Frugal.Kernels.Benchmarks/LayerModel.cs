using System.Runtime.InteropServices;

namespace Frugal.Kernels.Benchmarks;

/// <summary>ONNX models of one linear layer: in fp32, with int8 weights and activations quantised at each call, as ONNX Runtime's dynamic quantisation writes it, and with 4-bit weights.</summary>
internal static class LayerModel
{
    public const string Input = "input";
    public const string Output = "output";

    private const int Float32 = 1;
    private const int UInt8 = 2;
    private const int Int8 = 3;
    private const string RuntimeDomain = "com.microsoft";

    public static byte[] Fp32(LayerData data, float[] weight) => Model(
        data,
        [Node("Gemm", [Input, "weight", "bias"], [Output])],
        [Tensor("weight", Float32, [data.InFeatures, data.OutFeatures], Transpose(data, weight)), Bias(data)]);

    public static byte[] Int8Dynamic(LayerData data, float[] weight)
    {
        var scale = weight.Max(Math.Abs) / 127;
        var quantized = Transpose(data, [.. weight.Select(value => (sbyte)MathF.Round(value / scale))]);
        return Model(
            data,
            [
                Node("DynamicQuantizeLinear", [Input], ["x", "xScale", "xZero"]),
                Node("MatMulInteger", ["x", "weight", "xZero", "wZero"], ["sums"]),
                Node("Cast", ["sums"], ["sumsFloat"], Whole("to", Float32)),
                Node("Mul", ["xScale", "wScale"], ["scale"]),
                Node("Mul", ["sumsFloat", "scale"], ["scaled"]),
                Node("Add", ["scaled", "bias"], [Output]),
            ],
            [
                Tensor("weight", Int8, [data.InFeatures, data.OutFeatures], quantized),
                Tensor("wZero", Int8, [], new sbyte[1]),
                Tensor("wScale", Float32, [], [scale]),
                Bias(data),
            ]);
    }

    /// <summary>Weights of 4 bits in blocks of 32 inputs with a scale each, in ONNX Runtime's own operator; inputs stay as they are.</summary>
    public static byte[] Int4Blocks(LayerData data, float[] weight)
    {
        const int Block = 32, Middle = 8;
        var scales = weight.Chunk(Block).Select(block => block.Max(Math.Abs) / (Middle - 1)).ToArray();
        var codes = new byte[weight.Length / 2];
        for (var i = 0; i < weight.Length; i++)
            codes[i / 2] |= (byte)((int)Math.Clamp(MathF.Round(weight[i] / scales[i / Block]) + Middle, 0, 2 * Middle - 1) << i % 2 * 4);
        var product = Node("MatMulNBits", [Input, "weight", "scales"], ["product"], Whole("K", data.InFeatures), Whole("N", data.OutFeatures), Whole("bits", 4), Whole("block_size", Block))
            .Text(7, RuntimeDomain);
        return Model(
            data, [product, Node("Add", ["product", "bias"], [Output])],
            [
                Tensor("weight", UInt8, [data.OutFeatures, data.InFeatures / Block, Block / 2], codes),
                Tensor("scales", Float32, [scales.Length], scales),
                Bias(data),
            ]);
    }

    private static ProtoWriter Whole(string name, int value) => new ProtoWriter().Text(1, name).Number(3, value).Number(20, 2);

    private static ProtoWriter Bias(LayerData data) => Tensor("bias", Float32, [data.OutFeatures], data.Bias);

    private static byte[] Model(LayerData data, ProtoWriter[] nodes, ProtoWriter[] initializers)
    {
        var graph = new ProtoWriter();
        foreach (var node in nodes)
            graph.Message(1, node);
        graph.Text(2, "layer");
        foreach (var initializer in initializers)
            graph.Message(5, initializer);
        graph.Message(11, Value(Input, data.Rows, data.InFeatures)).Message(12, Value(Output, data.Rows, data.OutFeatures));
        return new ProtoWriter().Number(1, 8).Message(7, graph)
            .Message(8, new ProtoWriter().Text(1, "").Number(2, 17)).Message(8, new ProtoWriter().Text(1, RuntimeDomain).Number(2, 1)).ToArray();
    }

    private static ProtoWriter Node(string type, string[] inputs, string[] outputs, params ProtoWriter[] attributes)
    {
        var node = new ProtoWriter();
        foreach (var input in inputs)
            node.Text(1, input);
        foreach (var output in outputs)
            node.Text(2, output);
        node.Text(4, type);
        foreach (var attribute in attributes)
            node.Message(5, attribute);
        return node;
    }

    private static ProtoWriter Tensor<T>(string name, int type, int[] shape, T[] values) where T : unmanaged
    {
        var tensor = new ProtoWriter();
        foreach (var size in shape)
            tensor.Number(1, size);
        return tensor.Number(2, type).Text(8, name).Bytes(9, MemoryMarshal.AsBytes(values.AsSpan()));
    }

    private static ProtoWriter Value(string name, int rows, int columns)
    {
        var shape = new ProtoWriter().Message(1, new ProtoWriter().Number(1, rows)).Message(1, new ProtoWriter().Number(1, columns));
        return new ProtoWriter().Text(1, name).Message(2, new ProtoWriter().Message(1, new ProtoWriter().Number(1, Float32).Message(2, shape)));
    }

    private static T[] Transpose<T>(LayerData data, T[] weight)
    {
        var turned = new T[weight.Length];
        for (var o = 0; o < data.OutFeatures; o++)
            for (var i = 0; i < data.InFeatures; i++)
                turned[i * data.OutFeatures + o] = weight[o * data.InFeatures + i];
        return turned;
    }
}
