"""A bundle is taken whole and unchanged from a known key, or not at all."""

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.support.bundles import FILES, manifest_of, with_first, write_to

from boxportal.kernel.bundle import making
from boxportal.kernel.bundle.container import BLOCK, signature_line, tar_header, unpack, verify
from boxportal.kernel.bundle.ed25519 import ORDER, is_signed
from boxportal.kernel.bundle.keys import SigningKey, is_signed_by, make_key, read_key
from boxportal.kernel.bundle.manifest import BadBundle, Manifest, fingerprint
from boxportal.kernel.bundle.release import make_release
from boxportal.kernel.bundle.trust import line_of, read_keys
from boxportal.sdk.errors import NotFound, RuleBroken

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "boxportal"


@pytest.fixture
def key() -> SigningKey:
    return SigningKey(Ed25519PrivateKey.generate())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def bundle(tmp_path: Path, folder: Path, key: SigningKey) -> Path:
    return write_to(tmp_path / "a.bundle", folder, manifest_of(folder), key)


def test_whole_bundle_unpacks_to_what_went_in(bundle: Path, tmp_path: Path, key: SigningKey) -> None:
    out = tmp_path / "out"
    head = unpack(bundle, out, [key.public])
    assert {name: (out / name).read_bytes() for name in FILES} == FILES
    assert head.manifest.version == "1.2.3"
    assert sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()) == sorted(FILES)


def test_any_tar_reads_a_bundle(bundle: Path) -> None:
    with tarfile.open(bundle) as archive:
        assert archive.getnames() == ["manifest.json", "manifest.sig", *FILES]


def test_key_that_the_box_does_not_know_is_refused_by_its_fingerprint(bundle: Path, key: SigningKey) -> None:
    other = SigningKey(Ed25519PrivateKey.generate())
    with pytest.raises(BadBundle, match=fingerprint(key.public)):
        verify(bundle, [other.public])
    assert verify(bundle, None).key == key.public


def test_every_flipped_byte_is_noticed(bundle: Path, tmp_path: Path, key: SigningKey) -> None:
    whole = bundle.read_bytes()
    changed = tmp_path / "changed.bundle"
    for at in range(0, len(whole), 97):
        changed.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(BadBundle):
            verify(changed, [key.public], is_signed_by)


@pytest.mark.parametrize("size", [0, 1, 511, 600, 3000, -1, -512, -1024])
def test_cut_bundle_is_noticed(bundle: Path, tmp_path: Path, size: int) -> None:
    cut = tmp_path / "cut.bundle"
    cut.write_bytes(bundle.read_bytes()[:size])
    with pytest.raises(BadBundle):
        verify(cut, None, is_signed_by)


def test_what_stands_after_the_end_is_noticed(bundle: Path) -> None:
    with bundle.open("ab") as file:
        file.write(tar_header("wheels/more-1-py3-none-any.whl", 0))
    with pytest.raises(BadBundle):
        verify(bundle, None, is_signed_by)


@pytest.mark.parametrize(
    "name",
    ["../evil.sh", "/etc/passwd", "wheels/../../evil.whl", "wheels/a b.whl", "installer/.hidden.sh", "wheels/evil.py",
     "installer/a/../b.sh", "wheels/x.whl\n", "manifest.json", "wheels/.whl", "installer//x.sh", ""],
)  # fmt: skip
def test_name_that_does_not_belong_is_refused_though_signed(tmp_path: Path, key: SigningKey, name: str) -> None:
    refuse(tmp_path, key, with_first(manifest_of(tmp_path / "files"), name=name))


@pytest.mark.parametrize("size", [-1, 1 << 40, True, 1.5, "12"])
def test_size_that_cannot_be_is_refused_though_signed(tmp_path: Path, key: SigningKey, size: object) -> None:
    refuse(tmp_path, key, with_first(manifest_of(tmp_path / "files"), size=size))


@pytest.mark.parametrize(
    "changes",
    [{"version": "../1"}, {"version": "latest"}, {"version": "1"}, {"heads": ("a/b",)}, {"python": 3}, {"files": ()}],
)
def test_manifest_that_is_not_sound_is_refused_though_signed(
    tmp_path: Path, key: SigningKey, changes: dict[str, object]
) -> None:
    refuse(tmp_path, key, replace(manifest_of(tmp_path / "files"), **changes))  # type: ignore[arg-type]


def test_file_that_stands_twice_is_refused(tmp_path: Path, key: SigningKey) -> None:
    manifest = manifest_of(tmp_path / "files")
    refuse(tmp_path, key, replace(manifest, files=(*manifest.files, manifest.files[0])))


def refuse(tmp_path: Path, key: SigningKey, manifest: Manifest) -> None:
    """See that a bundle with this manifest, signed well, is refused and leaves nothing."""
    path, out = tmp_path / "hostile.bundle", tmp_path / "out"
    out.mkdir()
    text = manifest.text()
    line = signature_line(key.public, key.sign(text))
    stream = io.BytesIO()
    for name, content in (("manifest.json", text), ("manifest.sig", line)):
        stream.write(tar_header(name, len(content)) + content + bytes(-len(content) % BLOCK))
    path.write_bytes(stream.getvalue() + bytes(2 * BLOCK))
    with pytest.raises(BadBundle):
        unpack(path, out, [key.public])
    assert list(out.iterdir()) == []


def test_link_in_the_place_of_a_file_is_refused(bundle: Path, folder: Path, key: SigningKey) -> None:
    manifest = manifest_of(folder)
    first = manifest.files[0]
    link = tarfile.TarInfo(first.name)
    link.type, link.linkname, link.mode = tarfile.SYMTYPE, "/etc/passwd", 0o644
    whole = bundle.read_bytes()
    honest = tar_header(first.name, first.size)
    bundle.write_bytes(whole.replace(honest, link.tobuf(tarfile.GNU_FORMAT)))
    with pytest.raises(BadBundle):
        verify(bundle, [key.public], is_signed_by)


def test_python_alone_and_the_library_agree_on_signatures(key: SigningKey) -> None:
    for number in range(20):
        message = os.urandom(number * 7)
        good = key.sign(message)
        above = good[:32] + (int.from_bytes(good[32:], "little") + ORDER).to_bytes(32, "little")
        flipped = bytes([good[0] ^ 1]) + good[1:]
        cases = [(key.public, message, s) for s in (good, flipped, above, good[:-1], bytes(64))]
        cases += [(key.public, message + b"x", good), (bytes(32), message, good), (b"\xff" * 32, message, good)]
        assert [is_signed(*case) for case in cases] == [is_signed_by(*case) for case in cases]
        assert is_signed(key.public, message, good)


def test_signatures_of_the_rfc_are_right() -> None:
    # RFC 8032, 7.1, test 2
    public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert is_signed(public, b"\x72", signature)
    assert not is_signed(public, b"\x73", signature)


def test_key_is_kept_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "conf" / "bundle.key"
    with pytest.raises(NotFound):
        read_key(path)
    made = make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_key(path).public == made.public
    path.write_text("nonsense")
    with pytest.raises(RuleBroken):
        read_key(path)


def test_trusted_keys_are_lines_of_a_file(tmp_path: Path, key: SigningKey) -> None:
    path = tmp_path / "bundle-keys"
    assert read_keys(path) == []
    path.write_text(f"# ours\n{line_of(key.public)}\n")
    assert read_keys(path) == [key.public]
    path.write_text("ed25519 12ab\n")
    with pytest.raises(BadBundle):
        read_keys(path)


def test_bundle_for_another_machine_is_refused_before_anything_is_written(tmp_path: Path, key: SigningKey) -> None:
    folder, releases = tmp_path / "files", tmp_path / "releases"
    for changes in ({"python": "2.7"}, {"platform": "plan9-vax"}):
        manifest = replace(manifest_of(folder), **changes)
        path = write_to(tmp_path / "b.bundle", folder, manifest, key)
        with pytest.raises(BadBundle, match="The bundle is for"):
            make_release(path, releases, sys.executable, [key.public])
    assert not releases.exists()


def test_bundle_that_cannot_be_installed_leaves_no_release(tmp_path: Path, bundle: Path, key: SigningKey) -> None:
    releases = tmp_path / "releases"
    with pytest.raises(BadBundle, match="pip could not install"):
        make_release(bundle, releases, sys.executable, [key.public], is_signed_by)
    assert list(releases.iterdir()) == []


def test_what_reads_bundles_needs_nothing_but_python(tmp_path: Path, bundle: Path, key: SigningKey) -> None:
    lib = tmp_path / "lib" / "boxportal"
    for name in making.READERS:
        making.copy(PACKAGE / name, lib / name)
    script = f'here={tmp_path}; python={sys.executable}; keys={tmp_path}/keys\n. "{ROOT}/installer/release.sh"\n'
    script += f'read_bundle "{bundle}" && trust_bundle "{bundle}" "$keys" && echo "$bundle_version $bundle_key"'
    environment = {"PATH": os.defpath}
    bare = [shutil.which("sh") or "/bin/sh", "-eu", "-c", script]
    done = subprocess.run(bare, capture_output=True, text=True, check=False, timeout=60, env=environment, cwd=tmp_path)
    assert done.stdout == f"1.2.3 {key.public.hex()}\n", done.stderr
    assert read_keys(tmp_path / "keys") == [key.public]
    without_libraries = (
        "import runpy, sys\nsys.path.insert(0, sys.argv[1])\nsys.argv = ['x', 'show', sys.argv[2]]\n"
        "runpy.run_module('boxportal.kernel.bundle', run_name='__main__')"
    )
    isolated = [sys.executable, "-I", "-S", "-c", without_libraries]
    done = subprocess.run([*isolated, str(lib.parent), str(bundle)], capture_output=True, text=True, check=False)
    assert "version=1.2.3" in done.stdout, done.stderr


def test_heads_are_the_last_migrations_of_each_branch() -> None:
    heads = making.heads_of(ROOT / "migrations")
    branches = {folder.name for folder in (ROOT / "migrations").iterdir() if list(folder.glob("*_0001.py"))}
    assert {head.rpartition("_")[0] for head in heads} == branches
    assert len(heads) == len(branches)


def test_manifest_reads_back_as_it_was_written(tmp_path: Path) -> None:
    manifest = manifest_of(tmp_path)
    assert json.loads(manifest.text())["format"] == 1
