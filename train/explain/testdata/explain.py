#!/usr/bin/python3
"""Writes explain.json: saliency and Grad-CAM of a LeNet-5 and of a residual network of 20 layers in PyTorch, in float64,
from parameters and pictures that are given by formulas. Needs Debian's python3-torch (1.13)."""
import json, os, torch, torch.nn as nn, torch.nn.functional as F

class LeNet5(nn.Module):
    def __init__(s):
        super().__init__()
        s.conv1, s.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        s.fc1, s.fc2, s.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)
    def features(s, x):
        x = F.max_pool2d(F.relu(s.conv1(x)), 2)
        return F.max_pool2d(F.relu(s.conv2(x)), 2)
    def head(s, a):
        return s.fc3(F.relu(s.fc2(F.relu(s.fc1(a.flatten(1))))))

class Block(nn.Module):
    def __init__(s, i, o, stride):
        super().__init__()
        s.conv1, s.bn1 = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o)
        s.conv2, s.bn2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
        s.more = o - i
    def forward(s, x):
        y = s.bn2(s.conv2(F.relu(s.bn1(s.conv1(x)))))
        if s.more:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, s.more // 2, s.more // 2))
        return F.relu(y + x)

class ResNet20(nn.Module):
    def __init__(s, width):
        super().__init__()
        s.conv1, s.bn1 = nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        i = width
        for k in range(3):
            blocks = []
            for b in range(3):
                blocks.append(Block(i, width << k, 2 if k and not b else 1))
                i = width << k
            setattr(s, 'layer%d' % (k + 1), nn.Sequential(*blocks))
        s.linear = nn.Linear(i, 10)
    def features(s, x):
        return s.layer3(s.layer2(s.layer1(F.relu(s.bn1(s.conv1(x))))))
    def head(s, a):
        return s.linear(a.mean((2, 3)))

def numbers(n, salt):
    i = torch.arange(n, dtype=torch.int64)
    return ((i * 7919 + (i * i % 10007) * 31 + salt * 1047) % 10007).double() / 10007

def start(m):
    m = m.double().eval()
    k = 0
    for name, p in m.state_dict().items():
        if name.endswith('num_batches_tracked'):
            continue
        k += 1
        v = numbers(p.numel(), k)
        if p.dim() > 1:
            v = (v - .5) * 2 * (3 / p[0].numel()) ** .5
        elif name.endswith('running_mean'):
            v = v - .5
        else:
            v = .5 + v
        p.copy_(v.reshape(p.shape))
    return m

def explain(m, x, classes):
    x = x.clone().requires_grad_()
    a = m.features(x)
    a.retain_grad()
    logits = m.head(a)
    c = torch.tensor(classes) if classes else logits.argmax(1)
    logits.gather(1, c[:, None]).sum().backward()
    cam = F.relu((a.grad.mean((2, 3), keepdim=True) * a).sum(1, keepdim=True))
    cam = F.interpolate(cam, x.shape[2:], mode='bilinear', align_corners=False)
    return {'classes': c.tolist(), 'saliency': short(x.grad.abs().amax(1)), 'cam': short(cam)}

def short(t):
    return [float('%.9g' % v) for v in t.detach().flatten().tolist()]

out = {}
for name, m, shape, others in (('lenet5', LeNet5(), (1, 1, 28, 28), [3]), ('resnet20', ResNet20(4), (2, 3, 16, 16), [7, 2])):
    m, n = start(m), torch.Size(shape).numel()
    x = numbers(n, 0).reshape(shape)
    out[name] = {'likely': explain(m, x, None), 'other': explain(m, x, others)}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'explain.json'), 'w') as f:
    json.dump(out, f)
    f.write('\n')
