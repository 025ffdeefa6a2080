#!/usr/bin/python3
"""Writes inception.json: what torchvision's GoogLeNet and Inception v3 give, from numbers and a batch that are given by
formulas. The names and shapes are those of the whole networks; the values are of networks an eighth as wide, computed in
double precision. Needs Debian's python3-torch (1.13) and python3-torchvision (0.14)."""
import json, os, sys, torch, torch.nn as nn, torch.nn.functional as F
import torchvision

NARROW, CLASSES = 8, 5

def numbers(n, salt):
    i = torch.arange(n, dtype=torch.int64)
    return ((i * 7919 + (i * i % 10007) * 31 + salt * 1047) % 10007).double() / 10007

def start(m):
    with torch.no_grad():
        for k, (name, p) in enumerate(m.state_dict().items()):
            if p.dtype != torch.float32:
                continue
            v = numbers(p.numel(), k).reshape(p.shape)
            if p.dim() > 1:
                v = (v - .5) * 2 * (6 / p[0].numel()) ** .5
            elif name.endswith('running_var') or name.endswith('bn.bias'):
                v = v + .5  # little is below 0, so that rounding puts little on the other side
            elif name.endswith('bn.weight'):
                v = v / 2 + .25
            else:
                v = (v - .5) / 4
            p.copy_(v.float())
    return m.double()

def narrow(module, build):
    """The network with an eighth of the channels in each layer but the first and the last."""
    whole = module.BasicConv2d
    class Narrow(whole):
        def __init__(s, i, o, **kw):
            super().__init__(i if i == 3 else i // NARROW, o // NARROW, **kw)
    def linear(i, o):
        return nn.Linear(i // NARROW, o if o == CLASSES else o // NARROW)
    module.BasicConv2d = Narrow
    m = build(num_classes=CLASSES, aux_logits=True, init_weights=False)
    module.BasicConv2d = whole
    for parent in list(m.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.Linear):
                setattr(parent, name, linear(child.in_features, child.out_features))
            if isinstance(child, nn.Dropout):
                child.p = 0.
    return start(m)

def heads(m, x):
    y = m(x)  # GoogLeNet's forward gives its two heads in the wrong order: what it calls 2 is aux1
    return [y.logits] + ([y.aux_logits2, y.aux_logits1] if hasattr(y, 'aux_logits1') else [y.aux_logits])

def loss(m, x, y, weight):
    main, *aux = heads(m, x)
    return F.cross_entropy(main, y) + weight * sum(F.cross_entropy(a, y) for a in aux)

def short(v):
    if isinstance(v, dict):
        return {k: short(w) for k, w in v.items()}
    return v if isinstance(v, str) else [short(w) if isinstance(w, list) else w if isinstance(w, str) else float('%.9g' % w) for w in v]

out = {}
for name, kind, side, n, weight in (
        ("googlenet", "GoogLeNet", 90, 4, .3), ("inception", "Inception3", 299, 2, .4)):
    module = sys.modules["torchvision.models." + name]
    build = getattr(module, kind)
    r = {'state': [' '.join([k, *map(str, p.shape)]) for k, p in build(init_weights=False).state_dict().items()]}
    x = numbers(n * 3 * side * side, 0).float().double().reshape(n, 3, side, side)
    y = torch.arange(n) * 3 % CLASSES
    r['transformed'] = build(init_weights=False, transform_input=True)._transform_input(x[:1, :, :1, :2]).flatten().tolist()
    m = narrow(module, build)
    r['eval'] = m.eval()(x).flatten().tolist()
    m.train()
    r['train'] = torch.stack(heads(m, x)).flatten().tolist()
    m = narrow(module, build).train()
    l = loss(m, x, y, weight)
    l.backward()
    r['gradients'] = {k: [p.grad.norm().item()] + p.grad.flatten()[:3].tolist() for k, p in m.named_parameters()}
    m = narrow(module, build).train()
    opt, r['losses'] = torch.optim.SGD(m.parameters(), .002, .9), []
    for _ in range(3):
        opt.zero_grad()
        l = loss(m, x, y, weight)
        l.backward()
        opt.step()
        r['losses'].append(l.item())
    r['after'] = m.eval()(x).flatten().tolist()
    out[name] = r

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'inception.json'), 'w') as f:
    text = json.dumps({k: short(v) for k, v in out.items()}, indent=0).replace(',\n', ', ')
    f.write(text.replace('", "', '",\n"').replace('], "', '],\n"') + '\n')
