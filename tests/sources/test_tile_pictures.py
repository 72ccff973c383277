"""Pictures of tiles: kind and size are those that a program that decodes them sees."""

import io

import pytest
from PIL import Image

from nmgeo.errors import LayerError
from nmgeo.sources.tile_pictures import find_kind

# What Pillow is asked for: the format, and options that choose among its forms.
FORMS = {
    "png": ("PNG", {}),
    "jpeg": ("JPEG", {}),
    "jpeg, progressive": ("JPEG", {"progressive": True}),
    "webp, lossy": ("WEBP", {"lossless": False}),
    "webp, lossless": ("WEBP", {"lossless": True}),
    "webp, extended": ("WEBP", {"exif": b"Exif\0\0"}),
}


def draw(form, size):
    """Write a picture of a form and size."""
    kind, options = FORMS[form]
    file = io.BytesIO()
    Image.new("RGB", size, (10, 90, 160)).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [(1, 1), (256, 512), (1024, 3), (3, 1024)], ids=str)
def test_a_picture_of_at_most_1024_pixels_is_taken(form, size):
    assert find_kind("a.mbtiles", draw(form, size)) == FORMS[form][0].lower()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [(1025, 7), (7, 1025), (2600, 1900)], ids=str)
def test_a_larger_picture_is_refused_with_its_size(form, size):
    with pytest.raises(LayerError, match=f"a tile has {size[0]} by {size[1]} pixels"):
        find_kind("a.mbtiles", draw(form, size))


@pytest.mark.parametrize("form", FORMS)
def test_a_picture_that_is_cut_off_before_its_size_is_damaged(form):
    with pytest.raises(LayerError, match="a tile is damaged"):
        find_kind("a.mbtiles", draw(form, (256, 256))[:20])


@pytest.mark.parametrize("size", [(0, 0), (0, 256), (256, 0)], ids=str)
def test_a_picture_without_pixels_is_damaged(size):
    content = bytearray(draw("png", (256, 256)))
    content[16:24] = b"".join(side.to_bytes(4, "big") for side in size)

    with pytest.raises(LayerError, match="a tile is damaged"):
        find_kind("a.mbtiles", bytes(content))
