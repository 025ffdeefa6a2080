#!/usr/bin/python3
"""Writes attention.json: results and gradients of torch.nn.MultiheadAttention, width 8 with 2 heads, from weights and
inputs that are given by a formula. Needs Debian's python3-torch (1.13)."""
import json, os, torch, torch.nn as nn

def numbers(salt, *shape):
    n = torch.Size(shape).numel()
    i = torch.arange(n, dtype=torch.int64)
    return ((((i * 7919 + (i * i % 10007) * 31 + salt * 1047) % 10007).double() / 10007 - .5) * 2).float().reshape(shape)

def case(bias, causal, keys=None, lengths=None):
    m = nn.MultiheadAttention(8, 2, bias=bias, batch_first=True)
    with torch.no_grad():
        for salt, (name, p) in enumerate(m.named_parameters()):
            p.copy_(numbers(salt + 1, *p.shape))
    x = numbers(10, 3, 5, 8).requires_grad_()
    kv = x if keys is None else numbers(11, 3, keys, 8).requires_grad_()
    mask = torch.ones(5, kv.shape[1]).triu(1).bool() if causal else None
    padding = None if lengths is None else torch.arange(kv.shape[1]) >= torch.tensor(lengths)[:, None]
    y, _ = m(x, kv, kv, attn_mask=mask, key_padding_mask=padding)
    (y * numbers(12, *y.shape)).sum().backward()
    wrt = {'x': x, 'kv': kv, **dict(m.named_parameters())}
    return {'bias': bias, 'causal': causal, 'keys': keys or 0, 'lengths': lengths, 'y': short(y.flatten().tolist()),
        'gradients': {k: short([p.grad.double().norm().item()] + p.grad.flatten()[:6].tolist()) for k, p in wrt.items()}}

def short(v):
    return [float('%.9g' % w) for w in v]

out = {
    'self-attention': case(True, False),
    'causal self-attention': case(True, True),
    'self-attention without biases': case(False, False),
    'causal self-attention with lengths': case(True, True, lengths=[5, 1, 3]),
    'cross-attention': case(True, False, keys=7),
    'cross-attention with lengths, without biases': case(False, False, keys=7, lengths=[2, 7, 6]),
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'attention.json'), 'w') as f:
    f.write('{\n' + ',\n'.join(json.dumps(k) + ': ' + json.dumps(v, separators=(',', ':')) for k, v in out.items()) + '\n}\n')
