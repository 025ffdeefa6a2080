#!/usr/bin/python3
"""Writes characters.json: the character models of PyTorch 1.13 on given weights, reading a text in three stretches,
a step of Adam after each: the logits and gradients of the first, all losses, and the parameters after the last.

The weights count through sin(k), so that the test makes the same ones.
"""
import json, os, torch
nn = torch.nn

V, HIDDEN, LAYERS, N, T = 5, 4, 2, 2, 3
TEXT = torch.tensor([[0, 3, 1, 4, 4, 2, 0, 1, 3, 2], [2, 2, 4, 0, 1, 3, 3, 0, 4, 1]])  # N lanes of 3·T + 1

def numbers(t):
    return [float('%.7g' % v) for v in t.detach().flatten().tolist()]

class Characters(nn.Module):
    def __init__(self, name, layer):
        super().__init__()
        self.embedding, self.out = nn.Embedding(V, HIDDEN), nn.Linear(HIDDEN, V)
        self.add_module(name, layer(HIDDEN, HIDDEN, LAYERS, batch_first=True))
        self.layer = name

    def forward(self, x, state):
        y, state = getattr(self, self.layer)(self.embedding(x), state)
        return self.out(y), state

def detached(state):
    return tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()

def case(name, layer):
    m = Characters(name, layer)
    names = sorted(n for n, _ in m.named_parameters())
    parameters = [dict(m.named_parameters())[n] for n in names]
    with torch.no_grad():
        for i, p in enumerate(parameters):
            p.copy_(torch.sin(torch.arange(100. * i, 100. * i + p.numel(), dtype=torch.float64)).reshape(p.shape))
    opt, state, losses = torch.optim.Adam(m.parameters(), lr=.01), None, []
    for k in range(3):
        opt.zero_grad()
        x, y = TEXT[:, k * T:k * T + T], TEXT[:, k * T + 1:k * T + T + 1]
        logits, state = m(x, state)
        state = detached(state)
        loss = nn.functional.cross_entropy(logits.reshape(-1, V), y.reshape(-1))
        loss.backward()
        losses.append(float('%.7g' % loss.item()))
        if k == 0:
            first, grads = numbers(logits), [numbers(p.grad) for p in parameters]
        nn.utils.clip_grad_norm_(m.parameters(), .1)
        opt.step()
    return {'name': name, 'parameters': names, 'logits': first, 'grads': grads, 'losses': losses,
            'trained': [numbers(p) for p in parameters]}

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'characters.json')
with open(path, 'w') as f:
    cases = [case('rnn', nn.RNN), case('lstm', nn.LSTM), case('gru', nn.GRU)]
    f.write('[\n' + ',\n'.join(json.dumps(c, separators=(',', ':')) for c in cases) + '\n]\n')
