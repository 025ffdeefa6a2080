#!/usr/bin/python3
"""Writes special.json: what PyTorch makes of special values, and their gradients, in float32. Needs Debian's python3-torch (1.13)."""
import json, os, torch
import torch.nn.functional as F

positive = [0., 1e-45, 1e-40, 1.17549435e-38, 1e-20, 1e-4, .25, .5, .75, 1., 2., 3., 6., 20., 88.5, 89., 104., 1e4, 131073., 1e19, 1e20, 3.4028235e38, float('inf')]
values = [v for p in positive for v in (p, -p)] + [float('nan')]
functions = {
    'neg': lambda x: -x, 'abs': torch.abs, 'exp': torch.exp, 'log': torch.log, 'sqrt': torch.sqrt, 'rsqrt': torch.rsqrt,
    'square': torch.square, 'reciprocal': torch.reciprocal, 'sin': torch.sin, 'cos': torch.cos, 'erf': torch.erf,
    'sign': torch.sign, 'clamp': lambda x: torch.clamp(x, -.5, .75), 'add scalar': lambda x: x - .5, 'mul scalar': lambda x: x * -.5,
    'pow scalar': lambda x: torch.pow(x, 3.), 'sigmoid': torch.sigmoid, 'tanh': torch.tanh, 'relu': torch.relu,
    'leaky relu': lambda x: F.leaky_relu(x, .25), 'elu': lambda x: F.elu(x, 1.5), 'silu': F.silu, 'gelu': F.gelu,
    'gelu tanh': lambda x: F.gelu(x, approximate='tanh'), 'softplus': F.softplus,
    'hardswish': F.hardswish, 'hardsigmoid': F.hardsigmoid, 'celu': lambda x: F.celu(x, 1.5), 'mish': F.mish, 'relu6': F.relu6, 'hardtanh': F.hardtanh,
}

def text(t):
    return ['%.9g' % v for v in t.tolist()]

out = {'x': text(torch.tensor(values))}
for name, f in functions.items():
    x = torch.tensor(values, requires_grad=True)
    y = f(x)
    out[name] = text(y.detach())
    out[name + ' grad'] = text(torch.autograd.grad(y.sum(), x)[0])

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'special.json'), 'w') as file:
    file.write('{\n' + ',\n'.join(json.dumps(k) + ': ' + json.dumps(' '.join(v)) for k, v in out.items()) + '\n}\n')
