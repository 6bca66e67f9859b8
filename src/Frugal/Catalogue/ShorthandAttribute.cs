namespace Frugal.Catalogue;

/// <summary>
/// Marks the one option that may be written without its name: <c>export-onnx: model.onnx</c> for
/// <c>export-onnx: { path: model.onnx }</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ShorthandAttribute : Attribute;
