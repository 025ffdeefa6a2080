#!/usr/bin/python3
"""Writes penalty.json: the gradient penalty of WGAN-GP and R1 of a convolutional critic, and their gradients by all its
parameters, by PyTorch's double backward, from numbers that are given by formulas. Needs Debian's python3-torch (1.13)."""
import json, os, re, torch, torch.nn as nn

def numbers(n, salt):
    i = torch.arange(n, dtype=torch.int64)
    return ((i * 7919 + (i * i % 10007) * 31 + salt * 1047) % 10007).double() / 10007

critic = nn.Sequential(
    nn.Conv2d(2, 4, 4, 2, 1), nn.LayerNorm([4, 4, 4]), nn.LeakyReLU(.2),
    nn.Conv2d(4, 6, 3, 1, 1), nn.InstanceNorm2d(6, affine=True), nn.LeakyReLU(.2),
    nn.ConvTranspose2d(6, 3, 4, 2, 1), nn.Tanh(), nn.Flatten(), nn.Linear(192, 5), nn.Softplus(), nn.Linear(5, 1))
for k, p in enumerate(critic.parameters()):
    u = numbers(p.numel(), k + 1).reshape(p.shape) - .5
    p.data = (u * 4 / p[0].numel() ** .5 if p.dim() in (2, 4) and k != 2 and k != 3 else 1 + u).float()
x = ((numbers(3 * 2 * 8 * 8, 50) - .5) * 3).float().reshape(3, 2, 8, 8).requires_grad_()

head = lambda v: [v.double().norm().item()] + v.double().flatten()[:4].tolist()
out = {}
for name, of in (('gradient penalty', lambda d: ((d.flatten(1).norm(2, 1) - 1) ** 2).mean()),
                 ('r1', lambda d: d.square().flatten(1).sum(1).mean() / 2)):
    dx, = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    penalty = of(dx)
    grads = torch.autograd.grad(penalty, list(critic.parameters()), allow_unused=True)
    out[name] = {'value': penalty.item(), 'gradients': {
        k: head(torch.zeros_like(p) if d is None else d) for (k, p), d in zip(critic.named_parameters(), grads)}}

def short(v):
    if isinstance(v, dict):
        return {k: short(w) for k, w in v.items()}
    return [short(w) for w in v] if isinstance(v, list) else float('%.9g' % v)

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'penalty.json'), 'w') as f:
    f.write(re.sub(r'\[[^][]*\]', lambda m: ' '.join(m[0].split()), json.dumps(short(out), indent=1)) + '\n')
