#!/usr/bin/python3
"""Writes parity.json: names, counts, outputs, losses, gradients and steps of the DCGAN of github.com/pytorch/examples,
from initial values, pictures and noise that are given by formulas. Needs Debian's python3-torch (1.13)."""
import json, os, re, torch, torch.nn as nn, torch.nn.functional as F

def generator(noise, width, side, channels):
    up = lambda i, o, s, p: nn.ConvTranspose2d(i, o, 4, s, p, bias=False)
    wide = width * side // 8
    layers = [up(noise, wide, 1, 0), nn.BatchNorm2d(wide), nn.ReLU(True)]
    while wide > width:
        layers += [up(wide, wide // 2, 2, 1), nn.BatchNorm2d(wide // 2), nn.ReLU(True)]
        wide //= 2
    return layers + [up(width, channels, 2, 1), nn.Tanh()]

def discriminator(width, side, channels):
    down = lambda i, o, s, p: nn.Conv2d(i, o, 4, s, p, bias=False)
    layers, wide = [down(channels, width, 2, 1), nn.LeakyReLU(.2, True)], width
    while wide < width * side // 8:
        layers += [down(wide, 2 * wide, 2, 1), nn.BatchNorm2d(2 * wide), nn.LeakyReLU(.2, True)]
        wide *= 2
    return layers + [down(wide, 1, 1, 0), nn.Sigmoid()]

class Player(nn.Module):
    def __init__(s, layers):
        super().__init__()
        s.main = nn.Sequential(*layers)
    def forward(s, x):
        return s.main(x)

def numbers(n, salt):
    i = torch.arange(n, dtype=torch.int64)
    return ((i * 7919 + (i * i % 10007) * 31 + salt * 1047) % 10007).double() / 10007

def start(m, salt):
    """Values like those of training: weights of convolutions by their fan, of normalisations around 1."""
    with torch.no_grad():
        for k, (name, v) in enumerate(m.state_dict().items()):
            if v.dtype != torch.float32:
                continue
            u = numbers(v.numel(), salt + k).reshape(v.shape) - .5
            if v.dim() == 4:
                u = u * 4 / v[0].numel() ** .5
            elif name.endswith(('weight', 'running_var')):
                u = 1 + u / 2
            v.copy_(u.float())
    return m

def head(v):
    return [v.double().norm().item()] + v.double().flatten()[:4].tolist()

def losses(D, G, x, z):
    fake = G(z)
    real, made, again = D(x).view(-1), D(fake.detach()).view(-1), D(fake).view(-1)
    one, zero = torch.ones_like(real), torch.zeros_like(real)
    bce = F.binary_cross_entropy
    return bce(real, one) + bce(made, zero), bce(again, one), fake, real

def case(noise, width, side, channels, n):
    make = lambda: (start(Player(discriminator(width, side, channels)), 1),
                    start(Player(generator(noise, width, side, channels)), 101))
    x = (numbers(n * channels * side * side, 7) * 2 - 1).float().reshape(n, channels, side, side)
    z = ((numbers(n * noise, 8) - .5) * 3).float().reshape(n, noise, 1, 1)
    r = {}
    for mode in ('train', 'eval'):
        D, G = make()
        D.train(mode == 'train'), G.train(mode == 'train')
        d, g, fake, real = losses(D, G, x, z)
        r[mode] = {'losses': [d.item(), g.item()], 'fake': head(fake.detach()), 'real': head((real / (1 - real)).log().detach())}
        grads = {}
        for player, m, l in (('discriminator', D, d), ('generator', G, g)):
            for (k, p), v in zip(m.named_parameters(), torch.autograd.grad(l, list(m.parameters()), retain_graph=True)):
                grads[player + '.' + k] = head(v)
        r[mode]['gradients'] = grads
    D, G = make()
    adam = lambda m: torch.optim.Adam(m.parameters(), .002, (.5, .999))
    oD, oG, r['steps'] = adam(D), adam(G), []
    for _ in range(3): # the example's order: the generator plays against what the discriminator has learnt
        fake = G(z)
        oD.zero_grad()
        real, made = D(x).view(-1), D(fake.detach()).view(-1)
        d = F.binary_cross_entropy(real, torch.ones_like(real)) + F.binary_cross_entropy(made, torch.zeros_like(made))
        d.backward()
        oD.step()
        oG.zero_grad()
        again = D(fake).view(-1)
        g = F.binary_cross_entropy(again, torch.ones_like(again))
        g.backward()
        oG.step()
        r['steps'].append([d.item(), g.item()])
    r['after'] = {k: head(v.float()) for k, v in G.state_dict().items()}
    return r

def short(v):
    if isinstance(v, dict):
        return {k: short(w) for k, w in v.items()}
    if isinstance(v, list):
        return [short(w) for w in v]
    return float('%.9g' % v) if isinstance(v, float) else v

G, D = Player(generator(100, 64, 64, 3)), Player(discriminator(64, 64, 3))
out = {'shapes': {player + '.' + k: list(v.shape) for player, m in (('generator', G), ('discriminator', D))
                  for k, v in m.state_dict().items()},
       '64': case(6, 2, 64, 3, 3), '32': case(5, 3, 32, 1, 4)}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'parity.json'), 'w') as f:
    text = json.dumps(short(out), indent=1)
    f.write(re.sub(r'\[[^][]*\]', lambda m: ' '.join(m[0].split()), text) + '\n')
