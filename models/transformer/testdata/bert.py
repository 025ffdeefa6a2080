#!/usr/bin/python3
"""Writes bert.safetensors: what BERT's model of masked symbols in plain PyTorch makes of three texts, two of them
with padding; and bert_classifier.safetensors: the same of a classifier. They hold weights under Hugging Face's names,
the pooled encoding, logits, all gradients (d.NAME), the losses of three steps of Adam, and the weights after them
(after.NAME). Needs Debian's python3-torch (1.13)."""
import math, torch, torch.nn as nn, torch.nn.functional as F
from write import write

V, CONTEXT, D, HEADS, LAYERS, INNER = 11, 8, 12, 3, 2, 20


def norm():
    return nn.LayerNorm(D, eps=1e-12)


def part(**modules):
    return nn.ModuleDict(modules)


class Layer(nn.Module):
    def __init__(s):
        super().__init__()
        s.attention = part(self=part(query=nn.Linear(D, D), key=nn.Linear(D, D), value=nn.Linear(D, D)),
                           output=part(dense=nn.Linear(D, D), LayerNorm=norm()))
        s.intermediate = part(dense=nn.Linear(D, INNER))
        s.output = part(dense=nn.Linear(INNER, D), LayerNorm=norm())

    def forward(s, x, seen):
        n, t, _ = x.shape
        own, out = s.attention['self'], s.attention['output']
        q, k, v = (own[name](x).view(n, t, HEADS, D // HEADS).transpose(1, 2) for name in ('query', 'key', 'value'))
        scores = (q @ k.transpose(2, 3) / math.sqrt(D // HEADS)).masked_fill(~seen[:, None, None], -math.inf)
        y = (scores.softmax(-1) @ v).transpose(1, 2).reshape(n, t, D)
        x = out['LayerNorm'](x + out['dense'](y))
        return s.output['LayerNorm'](x + s.output['dense'](F.gelu(s.intermediate['dense'](x))))


class BERT(nn.Module):
    def __init__(s):
        super().__init__()
        s.embeddings = part(word_embeddings=nn.Embedding(V, D), position_embeddings=nn.Embedding(CONTEXT, D),
                            token_type_embeddings=nn.Embedding(2, D), LayerNorm=norm())
        s.encoder = part(layer=nn.ModuleList(Layer() for _ in range(LAYERS)))
        s.pooler = part(dense=nn.Linear(D, D))

    def forward(s, x, types, lengths):
        e, places = s.embeddings, torch.arange(x.shape[1])
        h = e['word_embeddings'](x) + e['position_embeddings'](places) + e['token_type_embeddings'](types)
        h = e['LayerNorm'](h)
        for layer in s.encoder['layer']:
            h = layer(h, places < lengths[:, None])
        return h, s.pooler['dense'](h[:, 0]).tanh()


class Predictions(nn.Module):
    def __init__(s):
        super().__init__()
        s.bias = nn.Parameter(torch.empty(V))
        s.transform = part(dense=nn.Linear(D, D), LayerNorm=norm())

    def forward(s, h, words):
        return s.transform['LayerNorm'](F.gelu(s.transform['dense'](h))) @ words.t() + s.bias


class MaskedLM(nn.Module):
    def __init__(s):
        super().__init__()
        s.bert, s.cls = BERT(), part(predictions=Predictions())

    def forward(s, *text):
        return s.cls['predictions'](s.bert(*text)[0], s.bert.embeddings['word_embeddings'].weight)


class Classifier(nn.Module):
    def __init__(s):
        super().__init__()
        s.bert, s.classifier = BERT(), nn.Linear(D, 3)

    def forward(s, *text):
        return s.classifier(s.bert(*text)[1])


def drawn(model):
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.normal_(1. if 'LayerNorm.weight' in name else 0., .3)
    return model


def train(out, model, left_out, text, y):
    """Adds weights, logits, gradients, and what three steps come to."""
    out.update({name: p.detach().clone() for name, p in model.named_parameters()})
    out['pooled'] = model.bert(*text)[1]
    trained = [(name, p) for name, p in model.named_parameters() if left_out not in name]
    adam, losses = torch.optim.Adam([p for _, p in trained], 1e-2, eps=1e-4), []
    for step in range(3):
        adam.zero_grad()
        logits = model(*text)
        loss = F.cross_entropy(logits.flatten(0, -2), y.flatten())
        loss.backward()
        if step == 0:
            out['logits'] = logits
            out.update({'d.' + name: p.grad.clone() for name, p in trained})
        adam.step()
        losses.append(loss.item())
    out['losses'] = torch.tensor(losses)
    out.update({'after.' + name: p for name, p in trained})
    return out


torch.manual_seed(0)
model = drawn(MaskedLM())
x, y, types = torch.randint(V, (3, 6)), torch.randint(V, (3, 6)), torch.randint(2, (3, 6))
lengths = torch.tensor([6, 4, 1])
y[torch.rand(3, 6) < .4] = -100                         # not masked in x
y[torch.arange(6) >= lengths[:, None]] = -100           # padding
out = {'x': x, 'y': y, 'types': types, 'lengths': lengths}
write('bert.safetensors', train(out, model, 'pooler', (x, types, lengths), y))

model, behind = drawn(Classifier()), torch.arange(6) >= lengths[:, None]
x = torch.randint(1, V, (3, 6)).masked_fill(behind, 0)  # 0 is padding
y = torch.tensor([2, 0, 1])
write('bert_classifier.safetensors',
      train({'x': x, 'y': y}, model, 'position_ids', (x, torch.zeros_like(x), lengths), y))
