"""Compiled code never outlives the source it was built from."""

from __future__ import annotations

from pathlib import Path

from evalkit.model.latent import compiled


def _layer(folder: Path) -> Path:
    for name in compiled.LAYER:
        (folder / name).write_text(f"# {name}\n")
    cache = folder / "__pycache__"
    cache.mkdir()
    (cache / "explore.explore-12.py311.nbi").write_bytes(b"old")
    (cache / "other.thing-1.py311.nbi").write_bytes(b"not ours")
    return cache


def test_a_change_in_one_file_drops_the_code_of_all(tmp_path: Path) -> None:
    cache = _layer(tmp_path)
    assert compiled.forget_stale(tmp_path)
    assert not list(cache.glob("explore.*"))
    (cache / "explore.explore-12.py311.nbi").write_bytes(b"new")
    assert not compiled.forget_stale(tmp_path)
    assert list(cache.glob("explore.*"))
    (tmp_path / "kernel.py").write_text("# kernel.py, mended\n")
    assert compiled.forget_stale(tmp_path)
    assert not list(cache.glob("explore.*"))
    assert (cache / "other.thing-1.py311.nbi").exists()


def test_every_module_with_compiled_functions_is_in_the_layer() -> None:
    folder = Path(compiled.__file__).parent
    marks = ("@compiled", "@in_place", "@as_written", "@inlined", "njit(")
    using = {file.name for file in folder.glob("*.py") if any(mark in file.read_text() for mark in marks)}
    assert using == set(compiled.LAYER)
