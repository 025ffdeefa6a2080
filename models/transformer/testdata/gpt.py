#!/usr/bin/python3
"""Writes gpt.safetensors: what GPT-2 in plain PyTorch makes of two texts, and nanogpt.safetensors of the form with an
exact GELU and a head of its own. Each holds weights under Hugging Face's names,
logits, the loss, all gradients (d.NAME), the losses of three steps of Adam, and the weights after them (after.NAME).
Needs Debian's python3-torch (1.13)."""
import math, torch, torch.nn as nn, torch.nn.functional as F
from write import write

V, CONTEXT, D, HEADS, LAYERS = 11, 8, 12, 3, 2


class Conv1D(nn.Module):
    """Hugging Face's: the weight is (in, out)."""
    def __init__(s, n_out, n_in):
        super().__init__()
        s.weight, s.bias = nn.Parameter(torch.empty(n_in, n_out)), nn.Parameter(torch.empty(n_out))

    def forward(s, x):
        return x @ s.weight + s.bias


class Attention(nn.Module):
    def __init__(s):
        super().__init__()
        s.c_attn, s.c_proj = Conv1D(3 * D, D), Conv1D(D, D)

    def forward(s, x):
        n, t, _ = x.shape
        q, k, v = (a.view(n, t, HEADS, D // HEADS).transpose(1, 2) for a in s.c_attn(x).split(D, dim=2))
        scores = q @ k.transpose(2, 3) / math.sqrt(D // HEADS)
        scores = scores.masked_fill(torch.ones(t, t).tril() == 0, -math.inf)
        return s.c_proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(n, t, D))


class MLP(nn.Module):
    def __init__(s, gelu):
        super().__init__()
        s.gelu = gelu
        s.c_fc, s.c_proj = Conv1D(4 * D, D), Conv1D(D, 4 * D)

    def forward(s, x):
        return s.c_proj(F.gelu(s.c_fc(x), approximate=s.gelu))


class Block(nn.Module):
    def __init__(s, gelu):
        super().__init__()
        s.ln_1, s.attn, s.ln_2, s.mlp = nn.LayerNorm(D), Attention(), nn.LayerNorm(D), MLP(gelu)

    def forward(s, x):
        x = x + s.attn(s.ln_1(x))
        return x + s.mlp(s.ln_2(x))


class GPT(nn.Module):
    def __init__(s, gelu, untied):
        super().__init__()
        s.wte, s.wpe = nn.Embedding(V, D), nn.Embedding(CONTEXT, D)
        s.h, s.ln_f = nn.ModuleList(Block(gelu) for _ in range(LAYERS)), nn.LayerNorm(D)
        s.lm_head = nn.Linear(D, V, bias=False) if untied else None

    def forward(s, x):
        h = s.wte(x) + s.wpe(torch.arange(x.shape[1]))
        for block in s.h:
            h = block(h)
        h = s.ln_f(h)
        return s.lm_head(h) if s.lm_head else h @ s.wte.weight.t()


def fixture(file, gelu, untied):
    torch.manual_seed(0)
    model = GPT(gelu, untied)
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.normal_(1. if 'ln_' in name and name.endswith('weight') else 0., .3)
    x, y = torch.randint(V, (2, 6)), torch.randint(V, (2, 6))
    out = {'x': x, 'y': y}
    out.update({name: p.detach().clone() for name, p in model.named_parameters()})
    adam, losses = torch.optim.Adam(model.parameters(), 1e-2, eps=1e-4), []
    for step in range(3):
        adam.zero_grad()
        logits = model(x)
        loss = F.cross_entropy(logits.flatten(0, 1), y.flatten())
        loss.backward()
        if step == 0:
            out['logits'] = logits
            out.update({'d.' + name: p.grad.clone() for name, p in model.named_parameters()})
        adam.step()
        losses.append(loss.item())
    out['losses'] = torch.tensor(losses)
    out.update({'after.' + name: p for name, p in model.named_parameters()})
    write(file, out)


fixture('gpt.safetensors', 'tanh', False)
fixture('nanogpt.safetensors', 'none', True)
