#!/usr/bin/python3
"""Writes lenet1998.json: logits, loss, gradients and four steps of LeNet-5 as it was published, written out in PyTorch
from the paper, from numbers and a batch that are given by formulas. Needs Debian's python3-torch (1.13)."""
import json, os, torch, torch.nn as nn, torch.nn.functional as F

# Table I of the paper by its columns: the maps of S2 that each map of C3 reads.
TABLE = [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5], [0, 4, 5], [0, 1, 5], [0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5],
         [0, 3, 4, 5], [0, 1, 4, 5], [0, 1, 2, 5], [0, 1, 3, 4], [1, 2, 4, 5], [0, 2, 3, 5], [0, 1, 2, 3, 4, 5]]
J = 100.  # so that the penalties of all answers count

def numbers(n, salt):
    i = torch.arange(n, dtype=torch.int64)
    return ((i * 7919 + (i * i % 10007) * 31 + salt * 1047) % 10007).double() / 10007

class LeNet(nn.Module):
    def __init__(s):
        super().__init__()
        sizes = {'c1.weight': (6, 1, 5, 5), 'c1.bias': (6,), 's2.weight': (6,), 's2.bias': (6,), 'c3.weight': (60, 5, 5),
                 'c3.bias': (16,), 's4.weight': (16,), 's4.bias': (16,), 'c5.weight': (120, 16, 5, 5), 'c5.bias': (120,),
                 'f6.weight': (84, 120), 'f6.bias': (84,), 'output.codes': (10, 84)}
        s.p = {}
        for k, (name, shape) in enumerate(sizes.items()):
            n = int(torch.tensor(shape).prod())
            v = numbers(n, k + 1)
            fan = n // shape[0] if len(shape) > 1 else 4
            v = torch.where(v < .5, -1., 1.).double() if name == 'output.codes' else ((v - .5) * 4 / fan ** .5).float().double()
            s.p[name] = v.reshape(shape).requires_grad_(name != 'output.codes')

    def forward(s, x):
        p, f = s.p, lambda a: 1.7159 * torch.tanh(2 / 3 * a)
        def sub(x, name):
            sums = F.conv2d(x, torch.ones(x.shape[1], 1, 2, 2).double(), stride=2, groups=x.shape[1])
            return sums * p[name + '.weight'][:, None, None] + p[name + '.bias'][:, None, None]
        x = F.pad(x, (2, 2, 2, 2)) * 1.275 - .1
        x = f(sub(f(F.conv2d(x, p['c1.weight'], p['c1.bias'])), 's2'))
        maps, at = [], 0
        for out, reads in enumerate(TABLE):
            kernels = p['c3.weight'][at:at + len(reads)]
            maps.append(F.conv2d(x[:, reads], kernels[None], p['c3.bias'][out:out + 1]))
            at += len(reads)
        x = f(sub(f(torch.cat(maps, 1)), 's4'))
        x = f(F.conv2d(x, p['c5.weight'], p['c5.bias'])).flatten(1)
        x = f(F.linear(x, p['f6.weight'], p['f6.bias']))
        return ((x[:, None] - p['output.codes']) ** 2).sum(-1)  # penalties

    def loss(s, x, d):  # equation 9
        y = s(x)
        others = torch.log(torch.exp(torch.tensor(-J).double()) + torch.exp(-y).sum(1))
        return (y[torch.arange(len(d)), d] + others).mean()

x = numbers(4 * 784, 0).float().double().reshape(4, 1, 28, 28)
d = torch.arange(4) * 3 % 10
m = LeNet()
loss = m.loss(x, d)
loss.backward()
out = {'logits': (-m(x)).flatten().tolist(),
       'gradients': {k: [p.grad.norm().item()] + p.grad.flatten()[:3].tolist() for k, p in m.p.items() if p.requires_grad}}
m = LeNet()
opt, out['losses'] = torch.optim.SGD([p for p in m.p.values() if p.requires_grad], .0005, .9), []
for _ in range(4):
    opt.zero_grad()
    loss = m.loss(x, d)
    loss.backward()
    opt.step()
    out['losses'].append(loss.item())

def short(v):
    return {k: short(w) for k, w in v.items()} if isinstance(v, dict) else [float('%.9g' % w) for w in v]

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lenet1998.json'), 'w') as f:
    f.write(json.dumps(short(out), indent=0).replace(',\n', ', ').replace('], "', '],\n"') + '\n')
