#!/usr/bin/python3
"""Writes photographs.json, state_dicts.txt and resnet50.json: what torchvision's AlexNet, VGG and residual networks,
and Idelbayev's residual networks for CIFAR, give from initial values and a batch that are formulas; and the names and
shapes of their parameters. Needs Debian's python3-torch (1.13) and python3-torchvision (0.14)."""
import json, os, torch, torch.nn as nn, torch.nn.functional as F, torchvision.models as tv

torch.manual_seed(0)
folder = os.path.dirname(os.path.abspath(__file__))

class Pad(nn.Module):
    """Option A of He et al."""
    def __init__(s, planes):
        super().__init__()
        s.planes = planes
    def forward(s, x):
        return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, s.planes // 4, s.planes // 4))

class Block(nn.Module):
    def __init__(s, i, o, stride, option):
        super().__init__()
        s.conv1, s.bn1 = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o)
        s.conv2, s.bn2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
        s.shortcut = nn.Sequential()
        if stride > 1 and option == 'A':
            s.shortcut = Pad(o)
        elif stride > 1:
            s.shortcut = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))
    def forward(s, x):
        return F.relu(s.bn2(s.conv2(F.relu(s.bn1(s.conv1(x))))) + s.shortcut(x))

class CIFAR(nn.Module):
    """As akamaster/pytorch_resnet_cifar10 has it."""
    def __init__(s, n, option='A', width=16, num_classes=10):
        super().__init__()
        s.conv1, s.bn1 = nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        i = width
        for k in range(3):
            blocks = []
            for b in range(n):
                blocks.append(Block(i, width << k, 2 if k and not b else 1, option))
                i = width << k
            setattr(s, 'layer%d' % (k + 1), nn.Sequential(*blocks))
        s.linear = nn.Linear(i, num_classes)
    def forward(s, x):
        x = F.relu(s.bn1(s.conv1(x)))
        return s.linear(s.layer3(s.layer2(s.layer1(x))).mean((2, 3)))

def narrow(m, by, classes):
    """Divides the channels of every layer but those of the picture and the classes."""
    last = [k for k, l in m.named_modules() if isinstance(l, nn.Linear)][-1]
    for k, l in list(m.named_modules()):
        at = m.get_submodule(k.rpartition('.')[0])
        i = lambda n: n if n == 3 else n // by
        if isinstance(l, nn.Conv2d):
            new = nn.Conv2d(i(l.in_channels), l.out_channels // by, l.kernel_size, l.stride, l.padding,
                            bias=l.bias is not None)
        elif isinstance(l, nn.BatchNorm2d):
            new = nn.BatchNorm2d(l.num_features // by)
        elif isinstance(l, nn.Linear):
            new = nn.Linear(l.in_features // by, classes if k == last else l.out_features // by)
        elif isinstance(l, nn.Dropout):
            new = nn.Dropout(0)
        else:
            continue
        setattr(at, k.rpartition('.')[2], new)
    return m

def numbers(n, salt):
    i = torch.arange(n, dtype=torch.int64)
    return ((i * 7919 + (i * i % 10007) * 31 + salt * 1047) % 10007).double() / 10007

def start(m):
    with torch.no_grad():
        for k, p in enumerate(m.parameters()):
            v = numbers(p.numel(), k + 1)
            v = (v - .5) * 2 * (3 / p[0].numel()) ** .5 if p.dim() > 1 else .1 + .4 * v
            p.copy_(v.reshape(p.shape))
    return m

def batch(n, side, classes):
    return numbers(n * 3 * side * side, 0).reshape(n, 3, side, side), torch.arange(n) * 3 % classes

def digest(t):
    """The norm, and the product with numbers of the formula, which sees where each element stands."""
    t = t.detach().double().flatten()
    return [t.norm().item(), (t @ (numbers(t.numel(), 7) - .5)).item()]

def short(v):
    if isinstance(v, dict):
        return {k: short(w) for k, w in v.items()}
    return [float('%.8g' % w) for w in v]

def run(m, x, y, mode):
    m.train(mode == 'train')
    m.zero_grad()
    logits = m(x)
    loss = F.cross_entropy(logits, y)
    loss.backward()
    grads = [g for p in m.parameters() for g in digest(p.grad)]
    return {'logits': logits.flatten().tolist(), 'loss': [loss.item()], 'gradients': grads}

def three(m, x, y):
    m.train()
    o, losses = torch.optim.SGD(m.parameters(), .001, .9), []
    for _ in range(3):
        o.zero_grad()
        l = F.cross_entropy(m(x), y)
        l.backward()
        o.step()
        losses.append(l.item())
    m.eval()
    return {'losses': losses, 'after': m(x).flatten().tolist(), 'state': [d for v in m.state_dict().values() for d in digest(v)]}

full = {k: (lambda f=getattr(tv, k): f()) for k in ('alexnet', 'vgg11', 'vgg13', 'vgg16', 'vgg19', 'vgg11_bn', 'vgg13_bn',
        'vgg16_bn', 'vgg19_bn', 'resnet18', 'resnet34', 'resnet50', 'resnet101', 'resnet152')}
cifar = {'resnet20': (3, 'A'), 'resnet20_b': (3, 'B'), 'resnet32': (5, 'A'), 'resnet44': (7, 'A'), 'resnet56': (9, 'A'),
         'resnet110': (18, 'A')}
with open(os.path.join(folder, 'state_dicts.txt'), 'w') as f:
    for name, build in full.items():
        f.write('# %s\n' % name)
        f.writelines('%s %s\n' % (k, ','.join(map(str, v.shape))) for k, v in build().state_dict().items())
    for name, (n, option) in cifar.items():
        f.write('# %s\n' % name)
        f.writelines('%s %s\n' % (k, ','.join(map(str, v.shape))) for k, v in CIFAR(n, option).state_dict().items())

out = {}
for name in ('alexnet', 'vgg11', 'vgg13_bn', 'vgg16', 'vgg19', 'resnet18', 'resnet34', 'resnet50', 'resnet101', 'resnet152',
             'resnet20', 'resnet20_b', 'resnet56'):
    if name in full:
        side, build = 64, lambda: start(narrow(full[name](), 8, 10).double())
    else:
        n, option = cifar[name]
        side, build = 16, lambda: start(CIFAR(n, option, 4).double())
    x, y = batch(4, side, 10)
    out[name] = {mode: run(build(), x, y, mode) for mode in ('eval', 'train')}
    out[name]['steps'] = three(build(), x, y)
with open(os.path.join(folder, 'photographs.json'), 'w') as f:
    json.dump({k: short(v) for k, v in out.items()}, f)
    f.write('\n')

x, y = batch(2, 224, 1000)
with open(os.path.join(folder, 'resnet50.json'), 'w') as f:
    r = run(start(tv.resnet50().double()), x, y, 'train')
    r['logits'] = r['logits'][::40]
    json.dump(short(r), f)
    f.write('\n')
