"""Every kind of file gets its pixels or its status, and nothing gets out."""

from __future__ import annotations

import io
import os
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile
from skimage import data

from viewcast.pictures import decode as module
from viewcast.pictures.decode import decode


def encoded(picture: Image.Image, format: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return Image.fromarray(data.chelsea())


@pytest.fixture(scope="module")
def jpeg(photo: Image.Image) -> bytes:
    return encoded(photo, "JPEG", quality=90)


@pytest.mark.parametrize(
    ("format", "options"),
    [("PNG", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"}), ("BMP", {}), ("WEBP", {"lossless": True})],
)
def test_lossless_formats_give_the_very_pixels(photo, format, options):
    got = decode(encoded(photo, format, **options))
    assert (got.status, got.reason) == ("ok", "")
    assert got.image.dtype == np.uint8 and got.image.flags.c_contiguous
    np.testing.assert_array_equal(got.image, np.asarray(photo))


def test_jpeg_file_and_its_bytes_agree(tmp_path, photo, jpeg):
    path = tmp_path / "a.JPG"
    path.write_bytes(jpeg)
    got = decode(path)
    np.testing.assert_array_equal(got.image, decode(jpeg).image)
    assert got.status == "ok" and got.reason == ""
    assert np.abs(got.image.astype(int) - np.asarray(photo)).mean() < 3


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_orientation_is_applied(orientation, format):
    upright = np.zeros((24, 40, 3), np.uint8)
    upright[:8, :8] = 255  # white corner at the top left
    upright[:8, -8:] = (255, 0, 0)  # red at the top right
    # How the sensor stored it: the inverse of each turn, written out from the EXIF standard's table.
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.swapaxes(0, 1),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].swapaxes(0, 1),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}.get(format, {})
    picture = Image.fromarray(np.ascontiguousarray(stored))
    got = decode(encoded(picture, format, exif=exif, **options)).image
    assert got.shape == upright.shape and got.flags.c_contiguous
    assert np.abs(got.astype(int) - upright).max() <= 12


def test_broken_exif_is_ignored(jpeg):
    exif = b"Exif\0\0MM\0*" + b"\xff" * 20
    damaged = jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert decode(damaged).status == "ok"


def test_grey_bilevel_palette_and_animation():
    grey = data.camera()[::4, ::4]
    for made in (encoded(Image.fromarray(grey), "PNG"), encoded(Image.fromarray(grey), "GIF")):
        np.testing.assert_array_equal(decode(made).image, np.repeat(grey[:, :, None], 3, axis=2))
    bits = Image.fromarray(grey > 127)
    np.testing.assert_array_equal(decode(encoded(bits, "PNG")).image[:, :, 1], (grey > 127) * 255)
    palette = Image.fromarray(data.coffee()).quantize(32)
    np.testing.assert_array_equal(decode(encoded(palette, "PNG")).image, np.asarray(palette.convert("RGB")))
    frames = [Image.new("P", (20, 20), 0), Image.new("P", (20, 20), 1)]
    for frame in frames:
        frame.putpalette([250, 0, 0, 0, 0, 250])
    first = decode(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])).image
    assert (first == (250, 0, 0)).all()


def test_sixteen_bits_keep_the_high_byte():
    ramp = np.arange(256 * 256, dtype=np.uint16).reshape(256, 256)
    for format in ("PNG", "TIFF"):
        got = decode(encoded(Image.fromarray(ramp), format))
        np.testing.assert_array_equal(got.image, np.repeat((ramp >> 8).astype(np.uint8)[:, :, None], 3, 2))
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in np.repeat(ramp[:4, :, None], 3, axis=2))
    rgb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 256, 4, 16, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
    np.testing.assert_array_equal(decode(rgb).image[:, :, 2], ramp[:4] >> 8)


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def test_values_without_a_white_are_unsupported():
    for values in (np.float32, np.int32):
        got = decode(encoded(Image.fromarray(np.ones((20, 20), values)), "TIFF"))
        assert got.status == "unsupported" and "no defined white" in got.reason


def test_cmyk_is_converted(photo):
    got = decode(encoded(photo.convert("CMYK"), "JPEG", quality=95))
    assert np.abs(got.image.astype(int) - np.asarray(photo)).mean() < 3


def test_transparency_is_laid_over_white(photo):
    alpha = np.full(photo.size[::-1], 255, np.uint8)
    alpha[:100] = 0
    rgba = photo.copy()
    rgba.putalpha(Image.fromarray(alpha))
    for made in (encoded(rgba, "PNG"), encoded(rgba, "WEBP", lossless=True, exact=True), encoded(rgba, "TIFF")):
        got = decode(made).image
        assert (got[:100] == 255).all()
        np.testing.assert_array_equal(got[100:], np.asarray(photo)[100:])
    keyed = encoded(Image.new("RGB", (20, 20), (1, 2, 3)), "PNG", transparency=(1, 2, 3))
    assert (decode(keyed).image == 255).all()
    indexed = encoded(Image.new("P", (20, 20), 7), "GIF", transparency=7)
    assert (decode(indexed).image == 255).all()


def test_large_pictures_are_converted_in_strips(photo, monkeypatch):
    whole = [decode(encoded(p, "PNG")).image for p in (photo, photo.convert("LA"), photo.quantize(16))]
    monkeypatch.setattr(module, "_STRIP_PIXELS", 7 * photo.width)
    for picture, expected in zip((photo, photo.convert("LA"), photo.quantize(16)), whole, strict=True):
        np.testing.assert_array_equal(decode(encoded(picture, "PNG")).image, expected)


def test_missing_empty_unreadable(tmp_path):
    assert decode(tmp_path / "none.jpg").status == "missing"
    assert decode(tmp_path / "none" / "a.jpg").status == "missing"
    (tmp_path / "empty.jpg").touch()
    assert decode(tmp_path / "empty.jpg").status == "empty"
    assert decode(b"").status == "empty"
    assert decode(tmp_path).status == "unreadable"
    assert decode("a\0b").status == "unreadable"
    os.mkfifo(tmp_path / "pipe.jpg")
    assert decode(tmp_path / "pipe.jpg").status == "unreadable"
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    assert decode(tmp_path / "loop.jpg").status == "unreadable"


def test_no_permission_is_unreadable(tmp_path, jpeg, monkeypatch):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg)

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(module.os, "open", refuse)  # a superuser may read anything
    assert decode(path).status == "unreadable" and "denied" in decode(path).reason


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"])
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_truncated_files_never_pass(photo, format, kept):
    made = encoded(photo.quantize(64) if format == "GIF" else photo, format)
    got = decode(made[: int(kept * len(made))])
    assert got.image is None and got.reason
    # A TIFF's directory may lie behind the cut; libwebp does not say what is wrong.
    expected = {"truncated"} if format in ("JPEG", "PNG", "GIF", "BMP") else {"truncated", "corrupt", "unsupported"}
    assert got.status in expected, got
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


def test_every_short_beginning_has_a_status(jpeg):
    for length in [*range(1, 200, 7), *range(200, len(jpeg) - 2, 4001)]:
        got = decode(jpeg[:length])
        assert got.image is None and got.status in ("truncated", "unsupported", "corrupt")


def test_flipped_bytes_never_raise(photo):
    rng = np.random.default_rng(0)
    small = photo.resize((90, 60))
    for format in ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"):
        made = np.frombuffer(encoded(small, format), np.uint8)
        for _ in range(60):
            damaged = made.copy()
            places = rng.integers(0, len(made), 8)
            damaged[places] = rng.integers(0, 256, 8)
            got = decode(damaged.tobytes(), max_pixels=10_000_000)
            assert (got.image is None) == (got.status != "ok")


def test_mislabelled_files_go_by_their_content(tmp_path, photo, jpeg):
    (tmp_path / "a.jpg").write_bytes(encoded(photo, "PNG"))
    got = decode(tmp_path / "a.jpg")
    assert got.status == "ok" and got.reason == "mislabelled: PNG content in a .jpg file"
    (tmp_path / "b.jpg").write_bytes(b"<!DOCTYPE html><html><body>This photo is no longer here")
    got = decode(tmp_path / "b.jpg")
    assert got.status == "unsupported" and "HTML" in got.reason
    (tmp_path / "c.download").write_bytes(jpeg)
    assert decode(tmp_path / "c.download").reason == ""
    assert decode(b"%PDF-1.7 and so on").status == "unsupported"
    assert decode(encoded(photo, "PPM")).status == "unsupported"


def test_too_many_pixels_are_never_decoded(photo, monkeypatch):
    made = encoded(photo, "PNG")
    assert decode(made, max_pixels=photo.width * photo.height).status == "ok"

    def fail(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", fail)
    got = decode(made, max_pixels=photo.width * photo.height - 1)
    assert got.status == "too_large" and "451 x 300" in got.reason
    header = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0))
    bomb = header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    assert decode(bomb).status == "too_large"
    assert decode(bomb, max_pixels=10**12).status == "too_large"  # Pillow's own limit holds


def test_huge_files_are_not_read(tmp_path, jpeg, monkeypatch):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg)
    monkeypatch.setattr(module, "MAX_FILE_BYTES", len(jpeg) - 1)
    assert decode(path).status == "too_large"


def test_warnings_of_the_decoder_are_silent(photo):
    big = Image.new("L", (9500, 9500))  # above the limit from which Pillow warns
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = decode(encoded(big, "PNG", compress_level=1), max_pixels=100_000_000)
        palette = photo.quantize(8)
        assert decode(encoded(palette, "PNG", transparency=bytes(range(8)))).status == "ok"
    assert got.status == "ok" and got.image.shape == (9500, 9500, 3)


def test_real_photographs(shared: Path):
    paths = sorted((shared / "data/memorability/images").iterdir())[:20]
    assert {decode(path).status for path in paths} == {"ok"}
