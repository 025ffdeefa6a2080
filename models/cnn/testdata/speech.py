#!/usr/bin/python3
"""Writes speech.json: the logits of SpeechNet, in evaluation, for two pictures of 16 frequencies, a width of 4 and five
classes, from numbers that are given by formulas. Needs Debian's python3-torch (1.13)."""
import json, math, os, torch, torch.nn as nn, torch.nn.functional as F

def numbers(n, salt):
    i = torch.arange(n, dtype=torch.int64)
    return ((i * 7919 + (i * i % 10007) * 31 + salt * 1047) % 10007).double() / 10007

class SpeechNet(nn.Module):
    def __init__(self, frequencies, width, classes):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(1, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, 2 * width, 3, padding=1, bias=False), nn.BatchNorm2d(2 * width)
        self.conv3, self.bn3 = nn.Conv2d(2 * width, 2 * width, 3, padding=1, bias=False), nn.BatchNorm2d(2 * width)
        self.fc = nn.Linear(2 * width * (frequencies // 8), classes)

    def forward(self, x):
        for conv, bn in [(self.conv1, self.bn1), (self.conv2, self.bn2), (self.conv3, self.bn3)]:
            x = F.max_pool2d(F.relu(bn(conv(x))), 2)
        return self.fc(x.mean(3).flatten(1))

m = SpeechNet(16, 4, 5).double().eval()
for k, (name, p) in enumerate(sorted(m.named_parameters())):
    p.data = ((numbers(p.numel(), k + 1) - .5) * 2 / math.sqrt(p[0].numel() if p.dim() > 1 else 16)).reshape(p.shape)
y = m(numbers(2 * 16 * 24, 0).reshape(2, 1, 16, 24))
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'speech.json')
with open(path, 'w') as f:
    json.dump({'names': sorted(m.state_dict()), 'logits': y.flatten().tolist()}, f, indent=1)
