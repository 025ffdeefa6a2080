"""Writes the small files of PyTorch that the tests of package torchfile read, and what PyTorch says is in them:

    /usr/bin/python3 files.py        # torch 1.13

Every file is made here; none is anybody's weights.
"""
import collections
import io
import json
import os
import pickle
import zipfile

import torch

here = os.path.dirname(os.path.abspath(__file__))


def tensors():
    """Tensors of each element type and of each way to lie in a storage."""
    base = torch.arange(24, dtype=torch.float32) / 8 - 1
    grid = base.reshape(2, 3, 4)
    all = collections.OrderedDict()
    all["plain"] = grid.clone()
    all["scalar"] = torch.tensor(2.5)
    all["empty"] = torch.zeros(0, 3)
    all["transposed"] = grid.permute(2, 0, 1)
    all["columns"] = grid[:, :, 1:3]
    all["every_second"] = base[1::2]
    all["tail"] = base[20:]
    all["channels_last"] = torch.arange(36, dtype=torch.float32).reshape(1, 4, 3, 3).to(memory_format=torch.channels_last)
    for dtype in (torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8):
        all[str(dtype).split(".")[1]] = torch.tensor([[-2, 0, 1], [3, 5, 100]]).to(dtype)
    all["uint8"] = torch.tensor([0, 7, 255], dtype=torch.uint8)
    all["bool"] = torch.tensor([True, False])
    all["parameter"] = torch.nn.Parameter(torch.tensor([1.0, -1.0]))
    return all


def said(value, name=""):
    """What torch says of the tensors of a value."""
    if isinstance(value, torch.Tensor):
        return {name or "tensor": [list(value.shape), value.detach().double().flatten().tolist()]}
    out = {}
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, v in items:
        if isinstance(v, (dict, list, tuple, torch.Tensor)):
            out.update(said(v, f"{name}.{key}" if name else str(key)))
    return out


def big(path, out):
    """Rewrites an archive as a machine does whose numbers begin with their highest byte."""
    width = {}

    class Names(pickle.Unpickler):
        def find_class(self, module, name):
            return collections.OrderedDict if name == "OrderedDict" else (name if "Storage" in name else lambda *a: None)

        def persistent_load(self, id):
            width[id[2]] = {"Double": 8, "Long": 8, "Half": 2, "BFloat16": 2, "Short": 2, "Char": 1, "Byte": 1,
                            "Bool": 1}.get(id[1].replace("Storage", ""), 4)

    with zipfile.ZipFile(path) as src, zipfile.ZipFile(out, "w") as dst:
        Names(io.BytesIO(src.read("files/data.pkl"))).load()
        for name in src.namelist():
            b = src.read(name)
            key = name.split("/")[-1]
            if name.startswith("files/data/"):
                n = width[key]
                b = b"".join(b[i:i + n][::-1] for i in range(0, len(b), n))
            dst.writestr(name, b)
        dst.writestr("files/byteorder", "big")


class Code:
    def __reduce__(self):
        return os.system, ("touch executed",)


torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
files = {
    "tensors": tensors(),
    "checkpoint": {"epoch": 3, "best_prec1": 91.5, "name": "net", "best": True, "none": None, "large": 1 << 40,
                   "below": -300, "state_dict": model.state_dict(),
                   "optimizer": {"param_groups": [{"lr": 0.1, "betas": (0.9, 0.999), "params": [0, 1]}],
                                 "state": {0: {"step": torch.tensor(4.0)}, 1: {"step": torch.tensor(5.0)}}}},
    "one": torch.tensor([1.0, 2.0]),
}
os.chdir(here)
for name, value in files.items():
    with open("files", "wb") as f:
        torch.save(value, f)
    os.replace("files", name + ".pt")
    torch.save(value, name + ".th", _use_new_zipfile_serialization=False)
    with open(name + ".json", "w") as f:
        json.dump(said(value), f, indent=None, separators=(",", ":"))
        f.write("\n")
torch.save(files["checkpoint"], "protocol4.pt", pickle_protocol=4)
torch.save(files["checkpoint"], "protocol4.th", pickle_protocol=4, _use_new_zipfile_serialization=False)
torch.save(files["tensors"], "files.pt")
big("files.pt", "big.pt")
os.remove("files.pt")
for end, new in (("pt", True), ("th", False)):
    torch.save({"w": torch.zeros(2), "x": Code()}, "code." + end, _use_new_zipfile_serialization=new)
    torch.save(model, "model." + end, _use_new_zipfile_serialization=new)
    torch.save({"w": torch.zeros(1).expand(2, 3)}, "expanded." + end, _use_new_zipfile_serialization=new)
    torch.save({"w": torch.zeros(2), "s": {1, 2}}, "set." + end, _use_new_zipfile_serialization=new)
torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), "script.pt")
with zipfile.ZipFile("tensors.pt") as src, zipfile.ZipFile("packed.pt", "w", zipfile.ZIP_DEFLATED) as dst:
    for name in src.namelist():
        dst.writestr(name, src.read(name))
with open("plain.pkl", "wb") as f:
    pickle.dump({"w": [1.0, 2.0]}, f, protocol=2)
