#!/usr/bin/python3
"""Computes results and gradients of the cases in torch.json with PyTorch, in float32.

go test ./ops -run TestTorch -update    writes the inputs
python3 ops/testdata/fixtures.py           adds the results; needs Debian's python3-torch (1.13)
"""
import json, os, torch
import torch.nn.functional as F

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'torch.json')
with open(path) as f:
    cases = json.load(f)

for name, c in cases.items():
    env, wrt = {'torch': torch, 'F': F}, []
    for i, shape in enumerate(c['shapes']):
        if c['floats'][i] is not None:
            t = torch.tensor(c['floats'][i], dtype=torch.float32).reshape(shape)
            if not c['fixed'][i]:
                wrt.append(t.requires_grad_())
        else:
            t = torch.tensor(c['ints'][i], dtype=torch.int64).reshape(shape)
        env[chr(ord('a') + i)] = t
    try:
        y = eval(c['expr'], env)
    except Exception as e:
        raise SystemExit(f'{name}: {c["expr"]}: {e}')
    c['result'] = y.detach().double().flatten().tolist()
    c['grads'] = None
    if c['grad']:
        w = torch.tensor(c['weights'], dtype=torch.float32).reshape(y.shape)
        c['grads'] = [g.double().flatten().tolist() for g in torch.autograd.grad((y * w).sum(), wrt)]

def short(x):
    if isinstance(x, list):
        return [short(v) for v in x]
    if isinstance(x, float):
        return float('%.9g' % x)
    return x

with open(path, 'w') as f:
    f.write('{\n')
    f.write(',\n'.join(json.dumps(k) + ': ' + json.dumps(short_case, separators=(',', ':'))
        for k, short_case in ((k, {n: short(v) for n, v in c.items()}) for k, c in sorted(cases.items()))))
    f.write('\n}\n')
