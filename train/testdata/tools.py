#!/usr/bin/python3
"""Writes tools.json: a range test of learning rates by the rules of pytorch-lr-finder, steps whose gradients are
accumulated over parts, and the averages of torch.optim.swa_utils, of a linear model, from numbers that are given by
formulas. Needs Debian's python3-torch (1.13)."""
import json, os, re, numpy, torch, torch.nn as nn

def numbers(n, salt):
    i = torch.arange(n, dtype=torch.int64)
    return ((i * 7919 + (i * i % 10007) * 31 + salt * 1047) % 10007).double() / 10007

def start(lr, momentum):
    model = nn.Linear(3, 2).double()
    model.weight.data = numbers(6, 1).reshape(2, 3) - .5
    model.bias.data = numbers(2, 2) - .5
    return model, torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum)

def batch(i):
    return (numbers(36, 10 + i).reshape(12, 3) - .5) * 3, (numbers(24, 30 + i).reshape(12, 2) - .5) * 2

def flat(model):
    return torch.cat([model.weight.flatten(), model.bias.flatten()]).tolist()

def range_test(low, high, steps):
    model, opt = start(low, .9)
    rates, losses, smoothed, best = [], [], [], 0
    for i in range(steps):
        rate = low * (high / low) ** (i / (steps - 1))
        opt.param_groups[0]['lr'] = rate
        x, y = batch(i % 5)
        opt.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        opt.step()
        s = loss.item() if i == 0 else .05 * loss.item() + .95 * smoothed[-1]
        best = s if i == 0 else min(best, s)
        rates, losses, smoothed = rates + [rate], losses + [loss.item()], smoothed + [s]
        if s > 5 * best:
            break
    at = numpy.gradient(numpy.array(smoothed))[10:-5].argmin() + 10
    return {'rates': rates, 'losses': losses, 'smoothed': smoothed, 'suggestion': rates[at]}

def accumulated():
    model, opt = start(.1, .9)
    for i in range(4):
        opt.zero_grad()
        x, y = batch(i)
        for k in range(3):
            (nn.functional.mse_loss(model(x[4 * k:4 * k + 4]), y[4 * k:4 * k + 4]) / 3).backward()
        opt.step()
    return flat(model)

def averaged():
    model, opt = start(.1, .9)
    swa = torch.optim.swa_utils.AveragedModel(model)
    for i in range(5):
        opt.zero_grad()
        x, y = batch(i)
        nn.functional.mse_loss(model(x), y).backward()
        opt.step()
        swa.update_parameters(model)
    return flat(swa.module)

def short(v):
    if isinstance(v, dict):
        return {k: short(w) for k, w in v.items()}
    return [short(w) for w in v] if isinstance(v, list) else float('%.12g' % v)

out = {'range': range_test(1e-4, 10, 60), 'accumulated': accumulated(), 'averaged': averaged()}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'tools.json'), 'w') as f:
    f.write(re.sub(r'\[[^][]*\]', lambda m: ' '.join(m[0].split()), json.dumps(short(out), indent=1)) + '\n')
