#!/usr/bin/python3
"""Writes sentiment.safetensors, language.safetensors and forecast.safetensors: what the three models, made of PyTorch's
own layers, make of a small batch of sequences of different lengths. A file holds weights, inputs, predictions in eval
mode, the loss, all gradients (d.NAME), the losses of three steps of Adam, and the weights after them (after.NAME).
Needs Debian's python3-torch (1.13)."""
import json, os, struct, torch, torch.nn as nn, torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


def write(name, tensors):
    """Writes tensors of float32 and int64 as safetensors, see https://github.com/huggingface/safetensors."""
    header, blob = {}, b''
    for key, t in tensors.items():
        dtype, form = ('I64', 'q') if t.dtype == torch.int64 else ('F32', 'f')
        raw = struct.pack('<%d%s' % (t.numel(), form), *t.detach().flatten().tolist())
        header[key] = {'dtype': dtype, 'shape': list(t.shape), 'data_offsets': [len(blob), len(blob) + len(raw)]}
        blob += raw
    head = json.dumps(header, separators=(',', ':')).encode()
    head += b' ' * (-len(head) % 8)
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), 'wb') as f:
        f.write(struct.pack('<Q', len(head)) + head + blob)


def packed(layer, x, lengths):
    return layer(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))


class Sentiment(nn.Module):
    def __init__(s, words, width, hidden, classes):
        super().__init__()
        s.embedding = nn.Embedding(words, width)
        s.lstm = nn.LSTM(width, hidden, batch_first=True, bidirectional=True)
        s.out = nn.Linear(2 * hidden, classes)

    def forward(s, x):
        lengths = (x != 0).sum(1)
        h, _ = pad_packed_sequence(packed(s.lstm, s.embedding(x), lengths)[0], batch_first=True)
        return s.out(h.sum(1) / lengths[:, None])


class Language(nn.Module):
    def __init__(s, characters, width, classes):
        super().__init__()
        s.embedding = nn.Embedding(characters, width)
        s.gru = nn.GRU(width, width, batch_first=True)
        s.out = nn.Linear(width, classes)

    def forward(s, x):
        return s.out(packed(s.gru, s.embedding(x), (x != 0).sum(1))[1][0])


class Forecast(nn.Module):
    def __init__(s, hidden):
        super().__init__()
        s.lstm = nn.LSTM(1, hidden, batch_first=True)
        s.out = nn.Linear(hidden, 1)

    def forward(s, x):
        last, deviation = x[:, -1:], (x.var(1, unbiased=False, keepdim=True) + 1e-6).sqrt()
        _, (h, _) = s.lstm((x - last) / deviation)
        return (last[:, 0] + deviation[:, 0] * s.out(h[0]))[:, 0]


def record(name, model, loss, x, y):
    with torch.no_grad():
        for p in model.parameters():
            p.normal_(0., .4)
    out = {'x': x, 'y': y}
    out.update({key: p.detach().clone() for key, p in model.named_parameters()})
    adam, losses = torch.optim.Adam(model.parameters(), 1e-2, eps=1e-4), []
    for step in range(3):
        adam.zero_grad()
        pred = model(x)
        value = loss(pred, y)
        value.backward()
        if step == 0:
            out['pred'] = pred
            out.update({'d.' + key: p.grad.clone() for key, p in model.named_parameters()})
        adam.step()
        losses.append(value.item())
    out['losses'] = torch.tensor(losses)
    out.update({'after.' + key: p for key, p in model.named_parameters()})
    write(name + '.safetensors', out)


def sequences(symbols, *lengths):
    x = torch.zeros(len(lengths), max(lengths), dtype=torch.int64)
    for row, n in zip(x, lengths):
        row[:n] = torch.randint(1, symbols, (n,))
    return x


torch.manual_seed(0)
record('sentiment', Sentiment(13, 6, 5, 3), F.cross_entropy, sequences(13, 7, 1, 4, 6), torch.tensor([0, 2, 1, 2]))
record('language', Language(11, 6, 4), F.cross_entropy, sequences(11, 2, 6, 1, 5), torch.tensor([3, 1, 0, 1]))
windows = torch.randn(4, 6, 1).cumsum(1)
windows[3] = 2.  # whose deviation is 0 but for what is added to it
record('forecast', Forecast(5), F.mse_loss, windows, torch.randn(4))
