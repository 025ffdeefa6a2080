#!/usr/bin/python3
"""Writes optimizers.json: a parameter of six elements after each of eight steps of PyTorch's optimisers, and of Lion and
LARS by the formulas of their papers, which PyTorch has not. Needs Debian's python3-torch (1.13)."""
import json, os, numpy as np, torch

STEPS, N = 8, 6

def numbers(n, salt):
    i = np.arange(n, dtype=np.int64)
    return ((i * 7919 + (i * i % 10007) * 31 + salt * 1047) % 10007) / 10007

begin = numbers(N, 1) * 4 - 2
grads = [(numbers(N, 2 + t) - .5) * [2, .01, 20, 1, 1e-3, .3] for t in range(STEPS)]  # a size for each element

def torches(make, lr):
    p = torch.tensor(begin, dtype=torch.float64, requires_grad=True)
    opt, out = make([p], lr), []
    for t in range(STEPS):
        opt.param_groups[0]['lr'] = lr * (.5 if t >= 3 else 1)  # the rate changes on the way
        p.grad = torch.tensor(grads[t], dtype=torch.float64)
        opt.step()
        out.append(p.detach().tolist())
    return out

def lion(lr, beta1=.9, beta2=.99, decay=0.):  # Chen et al. 2023, program 1
    p, m, out = begin.copy(), np.zeros(N), []
    for t in range(STEPS):
        rate, g = lr * (.5 if t >= 3 else 1), grads[t]
        c = beta1 * m + (1 - beta1) * g
        p = p - rate * (np.sign(c) + decay * p)
        m = beta2 * m + (1 - beta2) * g
        out.append(p.tolist())
    return out

def lars(lr, trust=1e-3, mu=.9, decay=0.):  # You, Gitman and Ginsburg 2017, algorithm 1
    p, v, out = begin.copy(), np.zeros(N), []
    for t in range(STEPS):
        rate, g = lr * (.5 if t >= 3 else 1), grads[t]
        local = trust * np.linalg.norm(p) / (np.linalg.norm(g) + decay * np.linalg.norm(p))
        v = mu * v + rate * local * (g + decay * p)
        p = p - v
        out.append(p.tolist())
    return out

def nadam(lr, beta1=.9, beta2=.999, eps=1e-8, decay=0., psi=4e-3, again=False):
    """As PyTorch documents it. Its code before 2.0 has one more factor mu in the last product, which again adds."""
    p, m, v, product, out = begin.copy(), np.zeros(N), np.zeros(N), 1., []
    for t in range(1, STEPS + 1):
        rate, g = lr * (.5 if t > 3 else 1), grads[t - 1] + decay * p
        mu, later = (beta1 * (1 - .5 * .96 ** (n * psi)) for n in (t, t + 1))
        product *= mu
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        below = np.sqrt(v / (1 - beta2 ** t)) + eps
        ahead = product * later * (mu if again else 1)
        p = p - rate * ((1 - mu) / (1 - product) * g + later / (1 - ahead) * m) / below
        out.append(p.tolist())
    return out

O = torch.optim
if torch.__version__.startswith('1.'):
    assert np.allclose(nadam(.02, again=True), torches(lambda p, lr: O.NAdam(p, lr), .02), rtol=1e-12)
    assert np.allclose(nadam(.1, .6, .8, 1e-3, .1, .5, again=True),
                       torches(lambda p, lr: O.NAdam(p, lr, (.6, .8), 1e-3, .1, .5), .1), rtol=1e-12)
cases = {
    'amsgrad': torches(lambda p, lr: O.Adam(p, lr, amsgrad=True), .1),
    'amsgrad decay': torches(lambda p, lr: O.Adam(p, lr, (.5, .8), 1e-3, .1, True), .1),
    'amsgrad decoupled': torches(lambda p, lr: O.AdamW(p, lr, (.8, .5), 1e-4, .2, True), .1),
    'adadelta': torches(lambda p, lr: O.Adadelta(p, lr), 1.),
    'adadelta decay': torches(lambda p, lr: O.Adadelta(p, lr, .7, 1e-3, .1), .5),
    'adamax': torches(lambda p, lr: O.Adamax(p, lr), .02),
    'adamax decay': torches(lambda p, lr: O.Adamax(p, lr, (.6, .8), 1e-2, .1), .1),
    'nadam': nadam(.02),
    'nadam decay': nadam(.1, .6, .8, 1e-3, .1, .5),
    'radam': torches(lambda p, lr: O.RAdam(p, lr), .02),
    'radam rectified': torches(lambda p, lr: O.RAdam(p, lr, (.7, .9), 1e-3, .1), .1),
    'radam never': torches(lambda p, lr: O.RAdam(p, lr, (.7, .5)), .1),
    'lion': lion(.01),
    'lion decay': lion(.02, .5, .8, .1),
    'lars': lars(2.),
    'lars decay': lars(5., .01, .5, .1),
}
# The first step of RAdam that is rectified with the usual constants is the sixth, where float32 is short of digits.
def long(steps):
    p = torch.tensor([1.], dtype=torch.float64, requires_grad=True)
    opt, out = O.RAdam([p], .01), []
    for t in range(1, steps + 1):
        p.grad = torch.tensor([np.sin(t)], dtype=torch.float64)
        opt.step()
        if t % 50 == 6:
            out.append(p.item())
    return out

short = lambda v: [short(w) for w in v] if isinstance(v, list) else float('%.12g' % v)
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'optimizers.json'), 'w') as f:
    f.write('{"begin": %s,\n"grads": %s,\n"steps": {\n' % (json.dumps(begin.tolist()), json.dumps([list(g) for g in grads])))
    f.write(',\n'.join('"%s": %s' % (k, json.dumps(short(v))) for k, v in cases.items()))
    f.write('},\n"radam": %s}\n' % json.dumps(short(long(1100))))
