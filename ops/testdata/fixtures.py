#!/usr/bin/python3
"""Computes results and gradients of the cases in torch.json with PyTorch, in float32.

go test ./ops -run TestTorch -update    writes the inputs
python3 ops/testdata/fixtures.py           adds the results; needs Debian's python3-torch (1.13)
"""
import json, os, torch
import torch.nn.functional as F

def recurrent(cell, x, weights, states=(), lengths=None):
    """y and the last states of torch.lstm, gru, rnn_tanh or rnn_relu, side by side."""
    hidden = weights[1].shape[1]
    states = states or [torch.zeros(len(x), hidden)] * (2 if cell == 'lstm' else 1)
    states = [s[None] for s in states]
    hx = states if cell == 'lstm' else states[0]
    f, biases = getattr(torch, cell), len(weights) == 4
    if lengths is None:
        out = f(x, hx, weights, biases, 1, 0., False, False, True)
    else:
        p = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, True)
        out = f(p.data, p.batch_sizes, hx, weights, biases, 1, 0., False, False)
        p = torch.nn.utils.rnn.PackedSequence(out[0], p.batch_sizes)
        out = (torch.nn.utils.rnn.pad_packed_sequence(p, True, 0., x.shape[1])[0],) + out[1:]
    return torch.cat([t.flatten() for t in out])

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'torch.json')
with open(path) as f:
    cases = json.load(f)

for name, c in cases.items():
    env, wrt = {'torch': torch, 'F': F, 'recurrent': recurrent}, []
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
