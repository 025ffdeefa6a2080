"""Writes safetensors files, see https://github.com/huggingface/safetensors."""
import json, os, struct, torch


def write(name, tensors):
    """Writes tensors of float32 and int64, by their names, to the file beside this one."""
    header, blob = {}, b''
    for key, t in tensors.items():
        dtype, form = ('I64', 'q') if t.dtype == torch.int64 else ('F32', 'f')
        raw = struct.pack('<%d%s' % (t.numel(), form), *t.detach().flatten().tolist())
        header[key] = {'dtype': dtype, 'shape': list(t.shape), 'data_offsets': [len(blob), len(blob) + len(raw)]}
        blob += raw
    head = json.dumps(header, separators=(',', ':')).encode()
    head += b' ' * (-len(head) % 8)
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), 'wb') as f:
        f.write(struct.pack('<Q', len(head)) + head + blob)
