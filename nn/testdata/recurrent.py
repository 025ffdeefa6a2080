#!/usr/bin/python3
"""Writes recurrent.json: layers of PyTorch 1.13 on given weights, their values and gradients, and three steps of Adam.

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
    p = layer.proj_size or H
    x, h, c = wave(7, N, T, IN).requires_grad_(), wave(11, rows, N, p).requires_grad_(), wave(13, rows, N, H).requires_grad_()
    lstm = isinstance(layer, torch.nn.LSTM)

    def forward():
        packed = x if lengths is None else pack_padded_sequence(x, torch.tensor(lengths), True, enforce_sorted=False)
        y, states = layer(packed, (h, c) if lstm else h)
        if lengths is not None:
            y = pad_packed_sequence(y, True, 0., T)[0]
        out = [y] + (list(states) if lstm else [states])
        return out, sum((o * wave(17 * i, *o.shape)).sum() for i, o in enumerate(out))

    out, loss = forward()
    wrt = [x, h] + ([c] if lstm else []) + list(layer.parameters())
    fixture = {'name': name, 'lengths': lengths, 'results': [numbers(o) for o in out],
               'parameters': [n for n, _ in layer.named_parameters()],
               'grads': [numbers(g) for g in torch.autograd.grad(loss, wrt, retain_graph=True)]}
    fixture['losses'], fixture['trained'] = steps(layer, forward)
    return fixture

def steps(layer, forward):
    """Three steps of Adam: the loss before each, and the parameters after the last."""
    opt, losses = torch.optim.Adam(layer.parameters(), lr=.01), []
    for _ in range(3):
        opt.zero_grad()
        loss = forward()[1]
        loss.backward()
        opt.step()
        losses.append(float('%.7g' % loss.item()))
    return losses, [numbers(p) for p in layer.parameters()]

def cell(name, layer):
    """A layer of one step: the state after it."""
    with torch.no_grad():
        for i, p in enumerate(layer.parameters()):
            p.copy_(wave(100 * i, *p.shape) * .5)
    x, h, c = wave(7, N, IN), wave(11, N, H), wave(13, N, H)
    lstm = isinstance(layer, torch.nn.LSTMCell)
    out = layer(x, (h, c) if lstm else h)
    return {'name': name, 'parameters': [n for n, _ in layer.named_parameters()],
            'results': [numbers(o) for o in (out if lstm else [out])]}

class GRUBefore(torch.nn.Module):
    """The GRU of Cho et al. 2014, which PyTorch does not have: r scales h before the product. From nn.GRU's weights."""
    def __init__(self, n, hidden, batch_first):
        super().__init__()
        self.num_layers, self.bidirectional, self.proj_size = 1, False, 0
        for name, p in torch.nn.GRU(n, hidden).named_parameters():
            self.register_parameter(name, p)

    def forward(self, x, h):
        (wr, wz, wn), (ur, uz, un) = self.weight_ih_l0.chunk(3), self.weight_hh_l0.chunk(3)
        (br, bz, bn), (cr, cz, cn) = self.bias_ih_l0.chunk(3), self.bias_hh_l0.chunk(3)
        h, y = h[0], []
        for v in x.unbind(1):
            r = torch.sigmoid(v @ wr.T + br + h @ ur.T + cr)
            z = torch.sigmoid(v @ wz.T + bz + h @ uz.T + cz)
            h = (1 - z) * torch.tanh(v @ wn.T + bn + (r * h) @ un.T + cn) + z * h
            y.append(h)
        return torch.stack(y, 1), h[None]

nn = torch.nn
cases = [
    case('LSTM of two layers', lambda *a, **k: nn.LSTM(*a, num_layers=2, **k)),
    case('LSTM of two layers, in both directions', lambda *a, **k: nn.LSTM(*a, num_layers=2, bidirectional=True, **k)),
    case('LSTM in both directions over sequences of any lengths', lambda *a, **k: nn.LSTM(*a, bidirectional=True, **k), [2, 5, 3]),
    case('GRU of two layers, in both directions, over sequences of any lengths', lambda *a, **k: nn.GRU(*a, num_layers=2, bidirectional=True, **k), [1, 4, 5]),
    case('GRU without biases', lambda *a, **k: nn.GRU(*a, bias=False, **k)),
    case('RNN in both directions', lambda *a, **k: nn.RNN(*a, bidirectional=True, **k), [5, 1, 4]),
    case('LSTM with a projection, of two layers, in both directions, over sequences of any lengths',
         lambda *a, **k: nn.LSTM(*a, num_layers=2, bidirectional=True, proj_size=2, **k), [4, 2, 5]),
    case('LSTM with a projection', lambda *a, **k: nn.LSTM(*a, proj_size=2, **k)),
    case('GRU that resets before the product', GRUBefore),
    case('RNN with ReLU, of two layers', lambda *a, **k: nn.RNN(*a, num_layers=2, nonlinearity='relu', **k)),
]
cells = [
    cell('RNNCell', nn.RNNCell(IN, H)),
    cell('RNNCell with ReLU, without biases', nn.RNNCell(IN, H, bias=False, nonlinearity='relu')),
    cell('LSTMCell', nn.LSTMCell(IN, H)),
    cell('GRUCell', nn.GRUCell(IN, H)),
]
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'recurrent.json')
with open(path, 'w') as f:
    both = [',\n'.join(json.dumps(c, separators=(',', ':')) for c in some) for some in (cases, cells)]
    f.write('{"layers":[\n' + both[0] + '\n],"cells":[\n' + both[1] + '\n]}\n')
