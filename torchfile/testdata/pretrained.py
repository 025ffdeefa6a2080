"""Writes pretrained.json: of each tensor of the files of PyTorch in ../shared/data/pretrained, as torch.load reads them,
the sum of its elements and that of each times its place from 1 to n, over n, in float64:

    /usr/bin/python3 pretrained.py ../../../shared/data/pretrained        # torch 1.13
"""
import json
import os
import sys

import torch

out = {}
for path in ("cifar-resnet/resnet20-12fca82f.th", "cifar-resnet/resnet32-d509ac18.th", "mnist/mnist.pt",
             "mtcnn/pnet.pt", "mtcnn/rnet.pt", "mtcnn/onet.pt"):
    state = torch.load(os.path.join(sys.argv[1], path), map_location="cpu")
    prefix = "state_dict." if "state_dict" in state else ""
    sums = {}
    for name, w in state.get("state_dict", state).items():
        w = w.detach().double().flatten()
        places = torch.arange(1, len(w) + 1, dtype=torch.float64) / len(w)
        sums[prefix + name] = [float(f"{w.sum():.9g}"), float(f"{(w * places).sum():.9g}")]
    out[path] = sums
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "pretrained.json"), "w") as f:
    f.write("{\n" + ",\n".join(f'"{p}": {{\n' + ",\n".join(f'"{k}": {json.dumps(v)}' for k, v in s.items()) + "}"
                               for p, s in out.items()) + "\n}\n")
