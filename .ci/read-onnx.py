"""Opens an ONNX file with the ONNX project's own reader: is it well formed, and do types and shapes that are inferred afresh agree with those that it notes?

Usage: read-onnx.py FILE; exits with 0 when it is right, and with 77 when this reader is too old for it.
"""

import sys

import onnx


def sizes(value):
    return [size.dim_value for size in value.type.tensor_type.shape.dim]


def agree(noted, inferred):
    if noted.type.tensor_type.elem_type != inferred.type.tensor_type.elem_type:
        return False
    # A size of 0 is a name or unknown.
    return not inferred.type.tensor_type.HasField("shape") or (
        len(sizes(noted)) == len(sizes(inferred))
        and all(0 in pair or pair[0] == pair[1] for pair in zip(sizes(noted), sizes(inferred))))


path = sys.argv[1]
model = onnx.load(path)
needed, known = max(operators.version for operators in model.opset_import), onnx.defs.onnx_opset_version()
if needed > known:
    print(f"{path} needs operator set {needed}; onnx {onnx.__version__} knows {known}.")
    sys.exit(77)
onnx.checker.check_model(model, full_check=True)
noted = {value.name: value for value in model.graph.value_info}
del model.graph.value_info[:]
inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True).graph.value_info
wrong = [value.name for value in inferred if value.name in noted and not agree(noted[value.name], value)]
if wrong:
    sys.exit(f"{path} notes other types or shapes than onnx {onnx.__version__} infers: {', '.join(wrong)}.")
print(f"{path}: onnx {onnx.__version__} agrees with {len(model.graph.node)} operators of version {needed} and {len(inferred)} shapes.")
