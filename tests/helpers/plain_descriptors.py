"""The descriptors once more, in float64 loops written from their definitions, to compare with."""

from __future__ import annotations

import numpy as np

COSINES = [1.0, 0.9397, 0.7660, 0.500, 0.1736, -0.1736, -0.5000, -0.7660, -0.9397]
SINES = [0.0, 0.3420, 0.6428, 0.8660, 0.9848, 0.9848, 0.8660, 0.6428, 0.3420]


def hog(image: np.ndarray, padding: int) -> np.ndarray:
    """Every place of the map, pixel by pixel: (h + 2 padding - 32, w + 2 padding - 32, 31)."""
    padded = np.pad(image.astype(float), ((padding, padding), (padding, padding), (0, 0)), mode="symmetric")
    height, width = padded.shape[:2]
    votes = np.zeros((height, width, 18))
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            dx, dy = padded[y, x + 1] - padded[y, x - 1], padded[y + 1, x] - padded[y - 1, x]
            squared = dx**2 + dy**2
            channel = int(np.argmax(squared))
            best, orientation = 0.0, 0
            for o in range(9):
                dot = COSINES[o] * dx[channel] + SINES[o] * dy[channel]
                if dot > best:
                    best, orientation = dot, o
                elif -dot > best:
                    best, orientation = -dot, o + 9
            votes[y, x, orientation] = np.sqrt(squared[channel])
    tent = 8 - np.abs(np.arange(-7, 8))
    kernel = np.outer(tent, tent)[..., None] / 64
    histogram = np.zeros((height - 16, width - 16, 18))
    for y in range(height - 16):
        for x in range(width - 16):
            histogram[y, x] = (kernel * votes[y + 1 : y + 16, x + 1 : x + 16]).sum((0, 1))
    energy = ((histogram[..., :9] + histogram[..., 9:]) ** 2).sum(2)
    out = np.zeros((height - 32, width - 32, 31))
    for y in range(height - 32):
        for x in range(width - 32):
            signed = histogram[y + 8, x + 8]
            unsigned = signed[:9] + signed[9:]
            for k, (oy, ox) in enumerate(((8, 8), (0, 8), (8, 0), (0, 0))):
                block = energy[y + oy : y + oy + 9 : 8, x + ox : x + ox + 9 : 8].sum()
                factor = 1 / np.sqrt(block + 1e-4)
                clipped = np.minimum(signed * factor, 0.2)
                out[y, x, :18] += 0.5 * clipped
                out[y, x, 18:27] += 0.5 * np.minimum(unsigned * factor, 0.2)
                out[y, x, 27 + k] = 0.2357 * clipped.sum()
    return out


def hog_descriptors(image: np.ndarray, cells: int, spacing: int) -> tuple[np.ndarray, np.ndarray]:
    """Descriptors of cells x cells and their (x, y) from 1, columns outermost in both."""
    dense = hog(image, {2: 20, 3: 24}[cells])
    rows, places = [], []
    for x in range(0, image.shape[1], spacing):
        for y in range(0, image.shape[0], spacing):
            rows.append(np.concatenate([dense[y + 8 * i, x + 8 * j] for j in range(cells) for i in range(cells)]))
            places.append((x + 1, y + 1))
    return np.array(rows), np.array(places)


def llc(x: np.ndarray, words: np.ndarray, knn: int, beta: float = 0.03) -> tuple[np.ndarray, np.ndarray]:
    """Neighbours and weights, one descriptor after another."""
    indices, weights = [], []
    for row in x.astype(float):
        nearest = np.argsort(((words - row) ** 2).sum(1), kind="stable")[:knn]
        away = words[nearest] - row
        gram = away @ away.T
        w = np.linalg.solve(gram + beta * np.trace(gram) * np.eye(knn), np.ones(knn))
        indices.append(nearest)
        weights.append(w / w.sum())
    return np.array(indices), np.array(weights)


def pyramid(indices: np.ndarray, weights: np.ndarray, xy: np.ndarray, size: tuple[int, int], words: int) -> np.ndarray:
    """Max pooling of written-out codes over 21 regions; ``size`` is (height, width)."""
    dense = np.zeros((len(indices), words))
    np.put_along_axis(dense, indices, weights, 1)
    height, width = size

    def cell(parts: int, ix: int, iy: int) -> np.ndarray:
        inside = (xy[:, 0] >= width * ix / parts) & (xy[:, 0] < width * (ix + 1) / parts)
        inside &= (xy[:, 1] >= height * iy / parts) & (xy[:, 1] < height * (iy + 1) / parts)
        return dense[inside].max(0) if inside.any() else np.zeros(words)

    fine = [cell(4, ix, iy) for ix in range(4) for iy in range(4)]
    half = [
        np.max([fine[4 * (2 * ix + a) + 2 * iy + b] for a in (0, 1) for b in (0, 1)], axis=0)
        for ix in (0, 1)
        for iy in (0, 1)
    ]
    return np.concatenate([*fine, *half, np.max(half, axis=0)])


def color_histograms(labels: np.ndarray, patches: tuple[int, ...], spacing: int) -> tuple[np.ndarray, np.ndarray]:
    """Shares of 50 colours per patch, and centres from 1."""
    height, width = labels.shape
    rows, places = [], []
    for patch in patches:
        first_x, first_y = (width - patch) % spacing // 2 + 1, (height - patch) % spacing // 2 + 1
        for x in range(first_x, width - patch + 2, spacing):
            for y in range(first_y, height - patch + 2, spacing):
                window = labels[y - 1 : y - 1 + patch, x - 1 : x - 1 + patch]
                rows.append(np.bincount(window.ravel(), minlength=50) / patch**2)
                places.append((x + patch / 2 - 0.5, y + patch / 2 - 0.5))
    return np.array(rows).reshape(-1, 50), np.array(places).reshape(-1, 2)


def gist(square: np.ndarray) -> np.ndarray:
    """Gist of a grey 256 x 256 picture by full-size complex transforms in float64: (512,)."""
    picture = (square - square.min()) / (square.max() - square.min()) * 255
    padded = np.pad(np.log(picture + 1), 5, mode="symmetric")
    n = len(padded)
    fx, fy = np.meshgrid(np.arange(-n // 2, n // 2), np.arange(-n // 2, n // 2))
    low = np.fft.ifftshift(np.exp(-(fx**2 + fy**2) / (4 / np.sqrt(np.log(2))) ** 2))
    detail = padded - np.fft.ifft2(np.fft.fft2(padded) * low).real
    deviation = np.sqrt(np.abs(np.fft.ifft2(np.fft.fft2(detail**2) * low)))
    whitened = (detail / (0.2 + deviation))[5:-5, 5:-5]
    spectrum = np.fft.fft2(np.pad(whitened, 32, mode="symmetric"))
    fx, fy = np.meshgrid(np.arange(-160, 160), np.arange(-160, 160))
    radius, angle = np.fft.ifftshift(np.hypot(fx, fy)) / 320, np.fft.ifftshift(np.arctan2(fy, fx))
    out = []
    for scale in range(4):
        for orientation in range(8):
            turned = angle + np.pi / 8 * orientation
            turned = turned - 2 * np.pi * (turned > np.pi)
            gabor = np.exp(-3.5 * (radius / (0.3 / 1.85**scale) - 1) ** 2 - 2 * np.pi * turned**2)
            response = np.abs(np.fft.ifft2(spectrum * gabor))[32:-32, 32:-32]
            for x in range(4):
                for y in range(4):
                    out.append(response[64 * y : 64 * y + 64, 64 * x : 64 * x + 64].mean())
    return np.array(out)
