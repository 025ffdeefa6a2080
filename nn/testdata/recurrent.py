#!/usr/bin/python3
"""Writes recurrent.json: layers of PyTorch 1.13 on given weights, their values and gradients.

The weights, inputs and states count through sin(k), so that the test makes the same ones.
"""
import json, os, torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

N, T, IN, H = 3, 5, 4, 3

def wave(start, *shape):
    n = 1
    for d in shape:
        n *= d
    return torch.sin(torch.arange(start, start + n, dtype=torch.float64)).reshape(shape).float()

def numbers(t):
    return [float('%.7g' % v) for v in t.detach().flatten().tolist()]

def case(name, make, lengths=None):
    layer = make(IN, H, batch_first=True)
    with torch.no_grad():
        for i, p in enumerate(layer.parameters()):
            p.copy_(wave(100 * i, *p.shape) * .5)
    rows = layer.num_layers * (2 if layer.bidirectional else 1)
    x, h, c = wave(7, N, T, IN).requires_grad_(), wave(11, rows, N, H).requires_grad_(), wave(13, rows, N, H).requires_grad_()
    lstm = isinstance(layer, torch.nn.LSTM)
    packed = x if lengths is None else pack_padded_sequence(x, torch.tensor(lengths), True, enforce_sorted=False)
    y, states = layer(packed, (h, c) if lstm else h)
    if lengths is not None:
        y = pad_packed_sequence(y, True, 0., T)[0]
    states = list(states) if lstm else [states]
    out = [y] + states
    loss = sum((o * wave(17 * i, *o.shape)).sum() for i, o in enumerate(out))
    wrt = [x, h] + ([c] if lstm else []) + list(layer.parameters())
    return {'name': name, 'lengths': lengths, 'results': [numbers(o) for o in out],
            'parameters': [n for n, _ in layer.named_parameters()],
            'grads': [numbers(g) for g in torch.autograd.grad(loss, wrt)]}

nn = torch.nn
cases = [
    case('LSTM of two layers', lambda *a, **k: nn.LSTM(*a, num_layers=2, **k)),
    case('LSTM of two layers, in both directions', lambda *a, **k: nn.LSTM(*a, num_layers=2, bidirectional=True, **k)),
    case('LSTM in both directions over sequences of any lengths', lambda *a, **k: nn.LSTM(*a, bidirectional=True, **k), [2, 5, 3]),
    case('GRU of two layers, in both directions, over sequences of any lengths', lambda *a, **k: nn.GRU(*a, num_layers=2, bidirectional=True, **k), [1, 4, 5]),
    case('GRU without biases', lambda *a, **k: nn.GRU(*a, bias=False, **k)),
    case('RNN in both directions', lambda *a, **k: nn.RNN(*a, bidirectional=True, **k), [5, 1, 4]),
    case('RNN with ReLU, of two layers', lambda *a, **k: nn.RNN(*a, num_layers=2, nonlinearity='relu', **k)),
]
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'recurrent.json')
with open(path, 'w') as f:
    f.write('[\n' + ',\n'.join(json.dumps(c, separators=(',', ':')) for c in cases) + '\n]\n')
