using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Graphs.Onnx.Runtime;

/// <summary>A network or a part of one that ONNX Runtime computes, so that it runs in turns with others. One input and one output of single-precision numbers, batch first.</summary>
internal sealed class OnnxModule : Module<Tensor, Tensor>
{
    private readonly OnnxSession session;
    private readonly IReadOnlyList<long> outputShape;

    /// <param name="file">The model's bytes.</param>
    /// <param name="outputShape">Shape of its output; the size of the first dimension does not count, since it follows the input's.</param>
    /// <exception cref="GraphException">ONNX Runtime refuses them.</exception>
    public OnnxModule(byte[] file, IReadOnlyList<long> outputShape) : base(nameof(OnnxModule)) =>
        (session, this.outputShape) = (new OnnxSession(file), outputShape);

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var output = empty([input.shape[0], .. outputShape.Skip(1)], float32);
        session.Run(input.contiguous(), output);
        return output.MoveToOuterDisposeScope();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            session.Dispose();
        base.Dispose(disposing);
    }
}
