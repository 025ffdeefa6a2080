#!/usr/bin/python3
"""Writes sound.json: short-time spectra by torch.stft and numpy, sounds by torch.istft, and the phase vocoder, the
resampling, the filters and the picture by their published formulas, of sounds that are given by formulas.
Needs Debian's python3-torch (1.13) and python3-numpy."""
import json, math, os, numpy as np, torch

def numbers(n, salt):
    i = np.arange(n, dtype=np.int64)
    return ((i * 7919 + (i * i % 10007) * 31 + salt * 1047) % 10007) / 10007

def glide(n, salt):
    """three tones that glide, and a little noise"""
    t = np.arange(n) / 8000
    x = sum(a * np.sin(2 * np.pi * (f * t + 40 * t * t)) for a, f in [(.5, 200), (.3, 610), (.15, 1900)])
    return (x + .02 * (numbers(n, salt) - .5)).astype(np.float32).astype(np.float64)

def stft(x, window, hop):
    return torch.stft(torch.tensor(x), window, hop, window=torch.hann_window(window, dtype=torch.float64),
                      center=True, pad_mode='constant', return_complex=True)

def istft(c, window, hop, n):
    return torch.istft(c, window, hop, window=torch.hann_window(window, dtype=torch.float64), center=True, length=n)

def by_numpy(x, window, hop, m):
    """frame m of the transform, from its definition"""
    j = np.arange(window)
    t = m * hop + j - window // 2
    frame = np.where((t >= 0) & (t < len(x)), x[np.clip(t, 0, len(x) - 1)], 0)
    return np.fft.rfft(frame * (.5 - .5 * np.cos(2 * np.pi * j / window)))

def vocoder(c, rate, window, hop):
    """as librosa.phase_vocoder"""
    c = c.numpy()
    omega = 2 * np.pi * hop * np.arange(c.shape[0]) / window
    padded = np.concatenate([c, np.zeros((c.shape[0], 2))], 1)
    phase, out = np.angle(c[:, 0]), []
    for step in np.arange(0, c.shape[1], rate):
        now, after = padded[:, int(step)], padded[:, int(step) + 1]
        share = step % 1
        out.append(((1 - share) * abs(now) + share * abs(after)) * np.exp(1j * phase))
        d = np.angle(after) - np.angle(now) - omega
        phase = phase + omega + d - 2 * np.pi * np.round(d / (2 * np.pi))
    return torch.tensor(np.stack(out, 1))

def stretch(x, rate):
    n = round(len(x) / rate)
    return istft(vocoder(stft(x, 512, 128), rate, 512, 128), 512, 128, n).numpy()

def resample(x, ratio, n):
    c, k, y = .95 * min(1, ratio), np.arange(len(x)), []
    for i in range(n):
        t = c * (i / ratio - k)
        y.append(c * np.sum(x * np.sinc(t) * np.where(abs(t) < 16, np.cos(np.pi * t / 32) ** 2, 0)))
    return np.array(y)

def pitch(x, steps):
    rate = 2. ** (-steps / 12)
    return resample(stretch(x, rate), rate, len(x))

def mel(f):
    return np.where(f < 1000, f * 3 / 200, 15 + 27 * np.log(np.maximum(f, 1e-9) / 1000) / np.log(6.4))

def hz(m):
    return np.where(m < 15, m * 200 / 3, 1000 * np.exp((m - 15) * np.log(6.4) / 27))

def filters(rate, window, bands):
    """as librosa.filters.mel"""
    edges = hz(np.linspace(0, mel(np.array(rate / 2)), bands + 2))
    ramps = edges[:, None] - (np.arange(1 + window // 2) * rate / window)[None]
    d = np.diff(edges)
    w = np.maximum(0, np.minimum(-ramps[:-2] / d[:-1, None], ramps[2:] / d[1:, None]))
    return w * (2 / (edges[2:] - edges[:-2]))[:, None]

def picture(x, rate, window, hop, bands, frames):
    clip, spare = np.zeros((frames - 1) * hop), len(x) - (frames - 1) * hop
    if spare > 0:
        clip[:] = x[spare // 2:][:len(clip)]
    else:
        clip[-spare // 2:][:len(x)] = x
    db = 10 * np.log10(np.maximum(filters(rate, window, bands) @ (abs(stft(clip, window, hop).numpy()) ** 2), 1e-300))
    return np.maximum(0, 1 + (db - db.max()) / 80)[::-1]

def few(y, step):
    return {'norm': float(np.linalg.norm(y)), 'len': y.size, 'step': step, 'some': np.ravel(y)[::step].tolist()}

out = {'stft': {}, 'stretch': {}, 'pitch': {}, 'resample': {}, 'mel': {}, 'picture': {}}
for n, window, hop in [(300, 64, 16), (301, 63, 20), (200, 128, 128), (10, 32, 8)]:
    x = glide(n, window)
    c = stft(x, window, hop)
    for m in range(c.shape[1]):
        assert np.allclose(c[:, m], by_numpy(x, window, hop, m), atol=1e-9)
    flat = np.stack([c.numpy().T.real, c.numpy().T.imag], -1)
    out['stft'][f'{n} {window} {hop}'] = few(flat, 41)
x = glide(2000, 1)
for rate in [.5, .83, 1.21, 2]:
    out['stretch'][str(rate)] = few(stretch(x, rate), 37)
for steps in [-7, -.5, 3, 12]:
    out['pitch'][str(steps)] = few(pitch(x, steps), 37)
for a, b in [(8000, 11025), (44100, 8000), (8000, 16000), (3, 2)]:
    out['resample'][f'{a} {b}'] = few(resample(x, b / a, math.ceil(len(x) * b / a)), 37)
for rate, window, bands in [(8000, 512, 32), (16000, 400, 40), (22050, 2048, 128)]:
    out['mel'][f'{rate} {window} {bands}'] = few(filters(rate, window, bands), 211)
for n, m in [(2000, (8000, 512, 256, 32, 12)), (5001, (8000, 256, 100, 20, 16)), (4999, (16000, 400, 160, 40, 21))]:
    out['picture'][' '.join(map(str, (n,) + m))] = few(picture(glide(n, 2), *m), 7)
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'sound.json')
with open(path, 'w') as f:
    json.dump(out, f, indent=0)
