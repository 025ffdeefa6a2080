#!/usr/bin/python3
"""Writes spectral.json: a linear layer and a convolution with torch.nn.utils.spectral_norm, used twice in training and
then in evaluation, from weights and inputs that are given by a formula. Needs Debian's python3-torch (1.13)."""
import json, os, torch, torch.nn as nn

def numbers(salt, *shape):
    n = torch.Size(shape).numel()
    i = torch.arange(n, dtype=torch.int64)
    return ((((i * 7919 + (i * i % 10007) * 31 + salt * 1047) % 10007).double() / 10007 - .5) * 2).float().reshape(shape)

def case(layer, *shape):
    m = nn.utils.spectral_norm(layer)
    unit = lambda v: v / v.norm()
    with torch.no_grad():
        for salt, (name, v) in enumerate(sorted(m.state_dict().items())):
            v.copy_(unit(numbers(salt + 1, *v.shape)) if name[-2:] in ('_u', '_v') else numbers(salt + 1, *v.shape))
    a, b, r = numbers(10, *shape), numbers(11, *shape), {'names': sorted(m.state_dict())}
    for mode, (ys) in (('train', lambda: (m(a), m(b))), ('eval', lambda: (m.eval()(a),))):
        m.zero_grad()
        ys = ys()
        sum((y * numbers(12 + i, *y.shape)).sum() for i, y in enumerate(ys)).backward()
        r[mode] = {'y': [head(y) for y in ys], 'gradients': {k: head(p.grad) for k, p in m.named_parameters()},
                   'u': head(m.weight_u), 'v': head(m.weight_v)}
    return r

def head(v):
    return [float('%.9g' % w) for w in [v.detach().double().norm().item()] + v.detach().flatten()[:6].tolist()]

out = {'linear': case(nn.Linear(7, 5), 3, 7), 'convolution': case(nn.Conv2d(3, 4, 3, 2, 1), 2, 3, 6, 6)}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'spectral.json'), 'w') as f:
    json.dump(out, f, indent=None, separators=(',', ': '))
    f.write('\n')
