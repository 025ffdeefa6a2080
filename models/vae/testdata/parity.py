#!/usr/bin/python3
"""Writes vae.safetensors, vae_gaussian.safetensors, convvae.safetensors, cvae.safetensors, denoising.safetensors and
contrastive.safetensors: what the models in plain PyTorch make of a batch, with the noise given. Each holds weights, the
batch (x, y, noise, a, b), the two terms of a loss, predictions, all gradients (d.NAME), the losses of three steps of
Adam, and the weights and running statistics after them (after.NAME). Needs Debian's python3-torch (1.13)."""
import json, math, os, struct, torch, torch.nn as nn, torch.nn.functional as F


def write(name, tensors):
    """Writes tensors of float32 and int64, by their names, to the file beside this one."""
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


N, FEATURES, HIDDEN, CODE, CLASSES = 5, 12, 7, 3, 4


class VAE(nn.Module):
    def __init__(s, told=0):
        super().__init__()
        s.fc1, s.fc21, s.fc22 = nn.Linear(FEATURES + told, HIDDEN), nn.Linear(HIDDEN, CODE), nn.Linear(HIDDEN, CODE)
        s.fc3, s.fc4 = nn.Linear(CODE + told, HIDDEN), nn.Linear(HIDDEN, FEATURES)

    def forward(s, x, noise, *y):
        one = [F.one_hot(t, CLASSES).float() for t in y]
        h = F.relu(s.fc1(torch.cat([x.flatten(1), *one], 1)))
        mu, logvar = s.fc21(h), s.fc22(h)
        z = mu + torch.exp(.5 * logvar) * noise
        return s.fc4(F.relu(s.fc3(torch.cat([z, *one], 1)))).view_as(x), mu, logvar


class ConvVAE(nn.Module):
    def __init__(s):
        super().__init__()
        s.conv1, s.conv2 = nn.Conv2d(1, 3, 4, 2, 1), nn.Conv2d(3, 6, 4, 2, 1)
        s.mu, s.logvar, s.fc = nn.Linear(24, CODE), nn.Linear(24, CODE), nn.Linear(CODE, 24)
        s.deconv1, s.deconv2 = nn.ConvTranspose2d(6, 3, 4, 2, 1), nn.ConvTranspose2d(3, 1, 4, 2, 1)

    def forward(s, x, noise):
        h = F.relu(s.conv2(F.relu(s.conv1(x)))).flatten(1)
        mu, logvar = s.mu(h), s.logvar(h)
        h = F.relu(s.fc(mu + torch.exp(.5 * logvar) * noise)).view(-1, 6, 2, 2)
        return s.deconv2(F.relu(s.deconv1(h))), mu, logvar


def elbo(beta=1., variance=None):
    def loss(model, x, noise, *y):
        out, mu, logvar = model(x, noise, *y)
        kl = -.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp()) / N
        if variance is None:
            pred = torch.sigmoid(out)
            first = F.binary_cross_entropy(pred, x, reduction='sum') / N
        else:
            pred = out
            first = F.gaussian_nll_loss(out, x, torch.full_like(x, variance), full=True, reduction='sum') / N
        return first + beta * kl, pred, {'reconstruction': first, 'kl': kl}
    return loss


class Autoencoder(nn.Module):
    def __init__(s):
        super().__init__()
        s.encoder = nn.Sequential(nn.Linear(FEATURES, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, CODE))
        s.decoder = nn.Sequential(nn.Linear(CODE, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, FEATURES), nn.Sigmoid())


def denoise(model, x, noise):
    noisy = (x + .5 * noise).clamp(0, 1)
    y = model.decoder(model.encoder(noisy.flatten(1))).view_as(x)
    before, after = F.mse_loss(noisy, x), F.mse_loss(y, x)
    return after, y, {'noisy': before, 'left': after / before}


class Contrastive(nn.Module):
    def __init__(s):
        super().__init__()
        for i, (a, b) in enumerate(((1, 2), (2, 4), (4, 8)), 1):
            setattr(s, 'conv%d' % i, nn.Conv2d(a, b, 3, padding=1, bias=False))
            setattr(s, 'bn%d' % i, nn.BatchNorm2d(b))
        s.fc1, s.fc2 = nn.Linear(8, 8), nn.Linear(8, 5)

    def forward(s, x):
        x = F.max_pool2d(F.relu(s.bn1(s.conv1(x))), 2)
        x = F.max_pool2d(F.relu(s.bn2(s.conv2(x))), 2)
        return s.fc2(F.relu(s.fc1(F.relu(s.bn3(s.conv3(x))).mean((2, 3)))))


def contrast(model, a, b):
    """The loss of SimCLR with a temperature of 0.5."""
    z = F.normalize(model(torch.cat([a, b])))
    scores = (z @ z.t() / .5).masked_fill(torch.eye(2 * N) > 0, -math.inf)
    other = (torch.arange(2 * N) + N) % (2 * N)
    hits = (scores.gather(1, other[:, None])[:, 0] >= scores.max(1)[0]).float().mean()
    return F.cross_entropy(scores, other), None, {'matched': hits}


def trained(name, model, loss, batch):
    with torch.no_grad():
        for key, p in model.named_parameters():
            p.normal_(1. if key.startswith('bn') and key.endswith('weight') else 0., .4)
    out = {key: v.clone() for key, v in model.state_dict().items()}
    out.update(batch)
    adam, losses = torch.optim.Adam(model.parameters(), 1e-2), []
    for step in range(3):
        adam.zero_grad()
        total, pred, figures = loss(model, *batch.values())
        total.backward()
        if step == 0:
            out.update({'figure.' + key: v for key, v in figures.items()})
            out.update({'d.' + key: p.grad.clone() for key, p in model.named_parameters()})
            if pred is not None:
                out['pred'] = pred
        adam.step()
        losses.append(total.item())
    out['losses'] = torch.tensor(losses)
    out.update({'after.' + key: v for key, v in model.state_dict().items()})
    write(name + '.safetensors', out)


torch.manual_seed(0)
flat = {'x': torch.rand(N, 1, 3, 4), 'noise': torch.randn(N, CODE)}
trained('vae', VAE(), elbo(), flat)
trained('vae_gaussian', VAE(), elbo(4., .3), flat)
trained('convvae', ConvVAE(), elbo(), {'x': torch.rand(N, 1, 8, 8), 'noise': torch.randn(N, CODE)})
trained('cvae', VAE(CLASSES), elbo(), {**flat, 'y': torch.arange(N) * 3 % CLASSES})
trained('denoising', Autoencoder(), denoise, {'x': flat['x'], 'noise': torch.randn(N, 1, 3, 4)})
trained('contrastive', Contrastive(), contrast, {'a': torch.rand(N, 1, 8, 8), 'b': torch.rand(N, 1, 8, 8)})
