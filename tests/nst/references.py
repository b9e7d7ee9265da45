"""What each recipe computes, written straight from its source in float64. Shares no code with the engine.

The variable is the one that the source optimises, in its own units and channel order; features come from
torchvision's own network, walked by hand; losses loop over layers; steps are those of torch.optim.
"""

import torch
from torch.nn import functional as F

FIRST_FIVE = ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1")
CONVS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")
RELUS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")


def colour(*values):
    return torch.tensor(values, dtype=torch.float64).view(1, 3, 1, 1)


class Unit:
    """RGB in [0, 1]; normalised inside the network."""

    white = 1.0

    def from_rgb(self, x):
        return x

    def network_input(self, variable):
        return (variable - colour(0.485, 0.456, 0.406)) / colour(0.229, 0.224, 0.225)

    def gradient_as_rgb(self, gradient):
        return gradient


class Bytes:
    """The mean already taken off, in the network's own channel order; the network sees the variable as it is."""

    def __init__(self, white, mean, flipped):
        self.white, self.mean, self.flipped = white, colour(*mean), flipped

    def from_rgb(self, x):
        return (x.flip(1) if self.flipped else x) * self.white - self.mean

    def network_input(self, variable):
        return variable

    def gradient_as_rgb(self, gradient):
        return gradient.flip(1) if self.flipped else gradient


UNIT = Unit()
CAFFE_255 = Bytes(255.0, (103.939, 116.779, 123.68), True)
CAFFE_256 = Bytes(256.0, (103.939, 116.779, 123.68), True)
RGB_255 = Bytes(255.0, (123.675, 116.28, 103.53), False)


def features(network, x, average=False, replicate=False):
    """Every convolution and ReLU of a torchvision VGG by its published name."""
    found, block, number = {}, 1, 0
    for module in network.features:
        if isinstance(module, torch.nn.Conv2d):
            number += 1
            if replicate and not found:
                x = F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), module.weight, module.bias)
            else:
                x = F.conv2d(x, module.weight, module.bias, padding=1)
            found[f"conv{block}_{number}"] = x
        elif isinstance(module, torch.nn.ReLU):
            x = x.clamp_min(0)
            found[f"relu{block}_{number}"] = x
        else:
            x = F.avg_pool2d(x, 2) if average else F.max_pool2d(x, 2)
            block, number = block + 1, 0
    return found


def matrix(f):
    return f.reshape(f.shape[1], -1)


def raw_gram(f):
    return torch.einsum("im,jm->ij", matrix(f), matrix(f))


def sizes(f):
    return f.shape[1], f.shape[2] * f.shape[3]


def mean_square(own, target):
    return ((own - target) ** 2).sum() / own.numel()


def normalised_gram_mean(f, a):
    """Mean over N^2 of (G/(N M) - A/(N M))^2."""
    n, m = sizes(f)
    return ((raw_gram(f) / (n * m) - raw_gram(a) / (n * m)) ** 2).sum() / n**2


def paper_style(f, a):
    """Gatys et al. 2016, equation 4."""
    n, m = sizes(f)
    return ((raw_gram(f) - raw_gram(a)) ** 2).sum() / (4 * n**2 * m**2)


def total_differences(x):
    """Neighbour by neighbour: down, then across."""
    return x[:, :, 1:, :] - x[:, :, :-1, :], x[:, :, :, 1:] - x[:, :, :, :-1]


def wasserstein(f, a):
    """W2^2 of Gaussians over N. The cross term is the nuclear norm of L^T L' with Cholesky factors of C and C'."""
    n = f.shape[1]

    def gaussian(features):
        flat = matrix(features)
        mean = flat.mean(1)
        centred = flat - mean[:, None]
        return mean, centred @ centred.T / flat.shape[1] + 1e-4 * torch.eye(n, dtype=torch.float64)

    (m, c), (m2, c2) = gaussian(f), gaussian(a)
    cross = torch.linalg.svdvals(torch.linalg.cholesky(c).T @ torch.linalg.cholesky(c2)).sum()
    return ((m - m2) ** 2).sum() / n + (c.trace() + c2.trace() - 2 * cross) / n


def cmu(weight):
    def loss(x, f, p, a):
        style = sum(normalised_gram_mean(f[layer], a[layer]) for layer in FIRST_FIVE)
        return mean_square(f["conv2_2"], p["conv2_2"]) + weight * style

    return loss


def naas_avgpool(x, f, p, a):
    style = sum(((raw_gram(f[layer]) - raw_gram(a[layer])) ** 2).sum() for layer in CONVS)
    return 1e4 * ((f["conv4_2"] - p["conv4_2"]) ** 2).sum() + style / 5


def naas_vgg16(x, f, p, a):
    each = [mean_square(raw_gram(f[layer]), raw_gram(a[layer])) for layer in CONVS]
    return 1e-3 * mean_square(f["conv4_2"], p["conv4_2"]) + 1e3 * (1e4 * each[0] + 1e1 * sum(each[1:]))


def naas_adam(x, f, p, a):
    return mean_square(f["conv4_1"], p["conv4_1"]) + 1e8 * sum(0.2 * paper_style(f[i], a[i]) for i in CONVS)


def untrained(x, f, p, a):
    style = sum(normalised_gram_mean(f[layer], a[layer]) for layer in CONVS)
    return 300 * mean_square(f["conv2_2"], p["conv2_2"]) + 1e6 * style


def relative(own, target):
    return ((own - target) ** 2).sum() / (target**2).sum()


def compact(x, f, p, a):
    layers = ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_3", "conv4_1", "conv4_3")
    factors = (16, 8, 4, 2, 1, 1, 1, 1)
    style = sum(w * relative(raw_gram(f[i]), raw_gram(a[i])) for i, w in zip(layers, factors, strict=True))
    down, across = total_differences(x)
    variation = (down**2).sum() / down.numel() + (across**2).sum() / across.numel()
    beyond = ((x.clamp_min(1) - 1) ** 2 + x.clamp_max(0) ** 2).sum() / x.numel()
    content = sum(relative(f[layer], p[layer]) for layer in ("conv2_2", "conv3_2", "conv4_2"))
    return 1.5 * content + style + 0.3 * variation + 20 * beyond


def gatys_paper(x, f, p, a):
    content = 0.5 * ((f["conv4_2"] - p["conv4_2"]) ** 2).sum()
    return 1e-3 * content + sum(paper_style(f[layer], a[layer]) / 5 for layer in CONVS)


def neural_style_parts(f, p, a):
    style = sum(normalised_gram_mean(f[layer], a[layer]) for layer in RELUS)
    return 5 * mean_square(f["relu4_2"], p["relu4_2"]) + 100 * style


def neural_style(x, f, p, a):
    squares = 0.0
    for row in range(x.shape[2] - 1):  # the loops whose gradient neural_style.lua adds
        squares = squares + ((x[:, :, row, :-1] - x[:, :, row + 1, :-1]) ** 2).sum()
        squares = squares + ((x[:, :, row, :-1] - x[:, :, row, 1:]) ** 2).sum()
    return neural_style_parts(f, p, a) + 1e-3 * squares / 2


def neural_style_pt(x, f, p, a):
    down, across = total_differences(x)
    return neural_style_parts(f, p, a) + 1e-3 * (down.abs().sum() + across.abs().sum())


def gordicaleksa(x, f, p, a):
    style = 0.0
    for layer in RELUS:
        n, m = sizes(f[layer])
        style = style + ((raw_gram(f[layer]) - raw_gram(a[layer])) ** 2).sum() / (n * m) ** 2
    down, across = total_differences(x)
    content = 1e5 * mean_square(f["relu4_2"], p["relu4_2"])
    return content + 3e4 * style / 5 + down.abs().sum() + across.abs().sum()


def crowsonkb(x, f, p, a):
    style = sum(w / 341 * wasserstein(f[i], a[i]) for w, i in zip((256, 64, 16, 4, 1), RELUS, strict=True))
    height, width = x.shape[2:]
    rows = torch.arange(-1, height + 1).clamp(0, height - 1)
    columns = torch.arange(-1, width + 1).clamp(0, width - 1)
    y = x[:, :, rows][:, :, :, columns]
    right = (y[:, :, 1:-1, 2:] - y[:, :, 1:-1, 1:-1]) ** 2
    below = (y[:, :, 2:, 1:-1] - y[:, :, 1:-1, 1:-1]) ** 2
    falling = (y[:, :, 1:, 1:] - y[:, :, :-1, :-1]) ** 2
    rising = (y[:, :, 1:, :-1] - y[:, :, :-1, 1:]) ** 2
    tv = 2 * (right.mean() / 3 + below.mean() / 3 + falling.mean() / 12 + rising.mean() / 12)
    return 0.015 * mean_square(f["relu4_2"], p["relu4_2"]) + style + 2 * tv


def lbfgs(evaluations, **options):
    return lambda variable: torch.optim.LBFGS(
        [variable], max_iter=evaluations, max_eval=10**6, tolerance_grad=0, tolerance_change=0, **options
    )


def adam(rate, betas=(0.9, 0.999)):
    return lambda variable: torch.optim.Adam([variable], lr=rate, betas=betas)


#: Variable, loss, features' options, torch's optimiser, whether the variable is cut to [0, 1] before it is evaluated.
REFERENCES = {
    "cmu-16726": (UNIT, cmu(1e6), {}, lbfgs(10), False),
    "cmu-16726-b": (UNIT, cmu(1e7), {}, lbfgs(10), False),
    "naas-avgpool": (UNIT, naas_avgpool, {"average": True}, lbfgs(10), False),
    "naas-vgg16": (UNIT, naas_vgg16, {}, lbfgs(10), False),
    "naas-adam": (UNIT, naas_adam, {"average": True}, adam(0.2), False),
    "untrained": (UNIT, untrained, {"average": True}, None, False),
    "compact": (UNIT, compact, {"average": True, "replicate": True}, None, False),
    "gatys-paper": (CAFFE_255, gatys_paper, {"average": True}, lbfgs(10), False),
    "neural-style": (CAFFE_256, neural_style, {}, lbfgs(10), False),
    "neural-style-pt": (CAFFE_255, neural_style_pt, {}, lbfgs(10), False),
    "pytorch-tutorial": (UNIT, cmu(1e6), {}, lbfgs(10), True),
    "gordicaleksa": (RGB_255, gordicaleksa, {}, lbfgs(10, line_search_fn="strong_wolfe"), False),
    "crowsonkb": (UNIT, crowsonkb, {"replicate": True}, adam(0.02, (0.9, 0.99)), True),
}


def trajectory(name, network, content, style, start, evaluations):
    """Losses and gradients (with respect to the variable, channels as RGB) of the first evaluations."""
    space, loss_of, options, make_optimizer, cut = REFERENCES[name]

    def seen(variable):
        return features(network, space.network_input(variable), **options)

    with torch.no_grad():
        p, a = seen(space.from_rgb(content)), seen(space.from_rgb(style))
    variable = space.from_rgb(start).clone(memory_format=torch.contiguous_format).requires_grad_()
    losses, gradients = [], []

    def closure():
        if cut:
            variable.data.clamp_(0, 1)
        variable.grad = None
        loss = loss_of(variable, seen(variable), p, a)
        loss.backward()
        losses.append(loss.item())
        gradients.append(space.gradient_as_rgb(variable.grad.clone()))
        return loss

    if make_optimizer is None:
        bounded_lbfgs(variable, closure, evaluations)
    else:
        optimizer = make_optimizer(variable)
        while len(losses) < evaluations:
            optimizer.step(closure)
    return losses[:evaluations], gradients[:evaluations]


def bounded_lbfgs(variable, closure, evaluations, history=10, bound=0.25):
    """L-BFGS by the two-loop recursion (Nocedal & Wright 2006, algorithm 7.4), each change bounded, pairs gated relatively."""
    pairs, gradient, change = [], None, None
    for k in range(evaluations):
        closure()
        before, gradient = gradient, variable.grad.flatten().clone()
        if k and (change @ (gradient - before)) > 1e-10 * change.norm() * (gradient - before).norm():
            pairs = [*pairs, (change, gradient - before)][-history:]
        q, alphas = gradient.clone(), []
        for s, y in reversed(pairs):
            alphas.append((s @ q) / (s @ y))
            q -= alphas[-1] * y
        if pairs:
            s, y = pairs[-1]
            q *= (s @ y) / (y @ y)
        for (s, y), alpha in zip(pairs, reversed(alphas), strict=True):
            q += (alpha - (y @ q) / (s @ y)) * s
        if k == 0:
            q /= gradient.abs().sum()
        change = -q * min(1.0, bound / q.abs().max().item())
        variable.data += change.view_as(variable)
