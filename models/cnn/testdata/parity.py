#!/usr/bin/python3
"""Writes parity.json: logits, gradients and ten losses of MLP and LeNet-5 in PyTorch, from initial values and a batch
that are given by formulas. Needs Debian's python3-torch (1.13)."""
import json, os, torch, torch.nn as nn, torch.nn.functional as F

class LeNet5(nn.Module):
    def __init__(s):
        super().__init__()
        s.conv1, s.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        s.fc1, s.fc2, s.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)
    def forward(s, x):
        x = F.max_pool2d(F.relu(s.conv1(x)), 2)
        x = F.max_pool2d(F.relu(s.conv2(x)), 2).flatten(1)
        return s.fc3(F.relu(s.fc2(F.relu(s.fc1(x)))))

class MLP(nn.Module):
    def __init__(s):
        super().__init__()
        s.fc1, s.fc2 = nn.Linear(784, 128), nn.Linear(128, 10)
    def forward(s, x):
        return s.fc2(F.relu(s.fc1(x.flatten(1))))

def numbers(n, salt):
    i = torch.arange(n, dtype=torch.int64)
    return ((i * 7919 + (i * i % 10007) * 31 + salt * 1047) % 10007).double() / 10007

def start(m):
    with torch.no_grad():
        for k, p in enumerate(m.parameters()):
            fan = p[0].numel() if p.dim() > 1 else 16
            p.copy_(((numbers(p.numel(), k + 1) - .5) * 2 / fan ** .5).float().reshape(p.shape))
    return m

x = numbers(8 * 784, 0).float().reshape(8, 1, 28, 28)
y = torch.arange(8) * 3 % 10
out = {}
for name, build in (('mlp', MLP), ('lenet5', LeNet5)):
    m = start(build())
    logits = m(x)
    F.cross_entropy(logits, y).backward()
    r = {'logits': logits.detach().double().flatten().tolist(), 'gradients': {}, 'losses': {}}
    for k, p in m.named_parameters():
        r['gradients'][k] = [p.grad.double().norm().item()] + p.grad.double().flatten()[:4].tolist()
    for opt, make in (('sgd', lambda p: torch.optim.SGD(p, .05)), ('momentum', lambda p: torch.optim.SGD(p, .05, .9)), ('adam', lambda p: torch.optim.Adam(p, 1e-3))):
        m = start(build())
        o, losses = make(m.parameters()), []
        for _ in range(10):
            o.zero_grad()
            l = F.cross_entropy(m(x), y)
            l.backward()
            o.step()
            losses.append(l.item())
        r['losses'][opt] = losses
    out[name] = r

def short(v):
    if isinstance(v, dict):
        return {k: short(w) for k, w in v.items()}
    return [float('%.9g' % w) for w in v]

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'parity.json'), 'w') as f:
    json.dump({k: short(v) for k, v in out.items()}, f, indent=1)
    f.write('\n')
