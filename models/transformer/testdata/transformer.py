#!/usr/bin/python3
"""Writes transformer.safetensors and transformer_pre.safetensors: what PyTorch's nn.Transformer makes of three sources of
different lengths and their targets, with norms behind (ReLU) and in front (GELU, tied). They hold weights under its
names, logits, the loss, all gradients (d.NAME), the losses of three steps of Adam, and the weights after them
(after.NAME). Needs Debian's python3-torch (1.13)."""
import math, torch, torch.nn as nn, torch.nn.functional as F
from write import write

SOURCE, TARGET, D, HEADS, LAYERS, INNER = 11, 9, 12, 3, 2, 20


class Model(nn.Module):
    def __init__(s, first):
        super().__init__()
        s.source, s.target = nn.Embedding(SOURCE, D), nn.Embedding(TARGET, D)
        both = nn.Transformer(D, HEADS, LAYERS, LAYERS, INNER, dropout=0., activation='gelu' if first else 'relu',
                              batch_first=True, norm_first=first)
        s.encoder, s.decoder = both.encoder, both.decoder
        s.out = None if first else nn.Linear(D, TARGET)

    def positions(s, n):
        turn = torch.arange(n)[:, None] / 10000 ** (torch.arange(0, D, 2) / D)
        return torch.stack([turn.sin(), turn.cos()], 2).flatten(1)

    def forward(s, x, lengths, y):
        padding = torch.arange(x.shape[1]) >= lengths[:, None]
        memory = s.encoder(s.source(x) * math.sqrt(D) + s.positions(x.shape[1]), src_key_padding_mask=padding)
        hidden = nn.Transformer.generate_square_subsequent_mask(y.shape[1])
        h = s.decoder(s.target(y) * math.sqrt(D) + s.positions(y.shape[1]), memory, tgt_mask=hidden,
                      memory_key_padding_mask=padding)
        return s.out(h) if s.out else h @ s.target.weight.t()


for name, first in ('transformer', False), ('transformer_pre', True):
    torch.manual_seed(0)
    model = Model(first)
    with torch.no_grad():
        for key, p in model.named_parameters():
            p.normal_(1. if 'norm' in key and key.endswith('weight') else 0., .3)
    lengths = torch.tensor([6, 3, 5])
    x = torch.randint(4, SOURCE, (3, 6)) * (torch.arange(6) < lengths[:, None])
    words = torch.tensor([4, 5, 2])[:, None]
    target = torch.randint(4, TARGET, (3, 5)) * (torch.arange(5) < words)
    y = torch.cat([torch.full((3, 1), 2), target[:, :-1]], 1)
    out = {'x': x, 'lengths': lengths, 'y': y, 'target': target}
    out.update({key: p.detach().clone() for key, p in model.named_parameters()})
    adam, losses = torch.optim.Adam(model.parameters(), 1e-2, eps=1e-4), []
    for step in range(3):
        adam.zero_grad()
        logits = model(x, lengths, y)
        loss = F.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=0, label_smoothing=.1)
        loss.backward()
        if step == 0:
            out['logits'] = logits
            out.update({'d.' + key: p.grad.clone() for key, p in model.named_parameters()})
        adam.step()
        losses.append(loss.item())
    out['losses'] = torch.tensor(losses)
    out.update({'after.' + key: p for key, p in model.named_parameters()})
    write(name + '.safetensors', out)
