#!/usr/bin/python3
"""Writes attention.json: results and gradients of torch.nn.MultiheadAttention, width 8 with 2 heads, from weights and
inputs that are given by a formula. Needs Debian's python3-torch (1.13)."""
import json, os, torch, torch.nn as nn

def numbers(salt, *shape):
    n = torch.Size(shape).numel()
    i = torch.arange(n, dtype=torch.int64)
    return ((((i * 7919 + (i * i % 10007) * 31 + salt * 1047) % 10007).double() / 10007 - .5) * 2).float().reshape(shape)

def case(bias, causal, keys=None, lengths=None, widths=None, masked=False):
    m = nn.MultiheadAttention(8, 2, bias=bias, batch_first=True, **({} if widths is None else dict(zip(('kdim', 'vdim'), widths))))
    with torch.no_grad():
        for salt, (name, p) in enumerate(m.named_parameters()):
            p.copy_(numbers(salt + 1, *p.shape))
    x = numbers(10, 3, 5, 8).requires_grad_()
    kv = x if keys is None else numbers(11, 3, keys, 8).requires_grad_()
    k = v = kv
    if widths is not None:
        k, v = (numbers(salt, 3, keys, n).requires_grad_() for salt, n in zip((13, 14), widths))
    mask = torch.ones(5, kv.shape[1]).triu(1).bool() if causal else None
    padding = None if lengths is None else torch.arange(kv.shape[1]) >= torch.tensor(lengths)[:, None]
    if masked:
        mask = numbers(15, 5, keys)
    y, _ = m(x, k, v, attn_mask=mask, key_padding_mask=padding)
    (y * numbers(12, *y.shape)).sum().backward()
    wrt = {'x': x, **({'kv': kv} if widths is None else {'k': k, 'v': v}), **dict(m.named_parameters())}
    return {'bias': bias, 'causal': causal, 'keys': keys or 0, 'lengths': lengths, 'widths': widths, 'masked': masked, 'y': short(y.flatten().tolist()),
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
    'cross-attention with a bias of positions': case(True, False, keys=7, masked=True),
    'cross-attention to keys and values of other widths': case(True, False, keys=7, widths=[6, 4]),
    'the same with a bias of positions and lengths, without biases': case(False, False, keys=7, widths=[6, 4], masked=True, lengths=[2, 7, 6]),
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'attention.json'), 'w') as f:
    f.write('{\n' + ',\n'.join(json.dumps(k) + ': ' + json.dumps(v, separators=(',', ':')) for k, v in out.items()) + '\n}\n')
