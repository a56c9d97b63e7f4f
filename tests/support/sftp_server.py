"""A real SFTP server on loopback, of paramiko's own server class, over a folder."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
from typing_extensions import override

USER, PASSWORD = "keeper", "a long pass phrase"


@dataclass
class SftpBox:
    """What the server has, and what a test may change: its key, whom it lets in, bytes that it spoils."""

    root: Path
    port: int = 0
    key: paramiko.PKey = field(default_factory=paramiko.ECDSAKey.generate)
    allowed: paramiko.PKey | None = None
    spoil: bool = False
    asked: int = 0


class Door(paramiko.ServerInterface):
    """Lets one user in."""

    def __init__(self, box: SftpBox) -> None:
        self.box = box

    @override
    def check_auth_password(self, username: str, password: str) -> int:
        right = (username, password) == (USER, PASSWORD)
        return paramiko.AUTH_SUCCESSFUL if right else paramiko.AUTH_FAILED

    @override
    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        right = username == USER and key == self.box.allowed
        return paramiko.AUTH_SUCCESSFUL if right else paramiko.AUTH_FAILED

    @override
    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED

    @override
    def get_allowed_auths(self, username: str) -> str:
        return "password,publickey"


class Handle(paramiko.SFTPHandle):
    """An open file."""

    @override
    def stat(self) -> paramiko.SFTPAttributes | int:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))  # type: ignore[attr-defined]


class Files(paramiko.SFTPServerInterface):
    """A folder, as SFTP sees it."""

    def __init__(self, server: Door, *_rest: object) -> None:
        self.box = server.box

    def path(self, path: str) -> Path:
        return self.box.root / self.canonicalize(path).lstrip("/")

    @override
    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        try:
            found = sorted(self.path(path).iterdir())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        return [paramiko.SFTPAttributes.from_stat(one.stat(), one.name) for one in found]

    @override
    def stat(self, path: str) -> paramiko.SFTPAttributes | int:
        try:
            return paramiko.SFTPAttributes.from_stat(self.path(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    lstat = stat

    @override
    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> paramiko.SFTPHandle | int:
        where = self.path(path)
        try:
            if self.box.spoil and not flags & os.O_CREAT and where.stat().st_size:
                content = bytearray(where.read_bytes())
                content[len(content) // 2] ^= 1
                where.write_bytes(content)
            descriptor = os.open(where, flags, 0o600)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        handle = Handle(flags)
        mode = "r+b" if flags & (os.O_RDWR | os.O_WRONLY) else "rb"
        os.close(descriptor)
        file = where.open(mode)
        handle.readfile = handle.writefile = file  # type: ignore[attr-defined]
        return handle

    @override
    def remove(self, path: str) -> int:
        return self._do(lambda: self.path(path).unlink())

    @override
    def rename(self, oldpath: str, newpath: str) -> int:
        return self._do(lambda: self.path(oldpath).rename(self.path(newpath)))

    @override
    def posix_rename(self, oldpath: str, newpath: str) -> int:
        return self.rename(oldpath, newpath)

    @override
    def chattr(self, path: str, attr: paramiko.SFTPAttributes) -> int:
        return self._do(lambda: self.path(path).chmod(attr.st_mode or 0o600))

    def _do(self, act: object) -> int:
        try:
            act()  # type: ignore[operator]
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        return paramiko.SFTP_OK


@contextmanager
def sftp_server(root: Path) -> Iterator[SftpBox]:
    """Serve the folder until the block ends."""
    box, transports = SftpBox(root), []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        box.port = listening.getsockname()[1]

        def serve() -> None:
            while True:
                try:
                    caller, _address = listening.accept()
                except OSError:
                    return
                box.asked += 1
                transport = paramiko.Transport(caller)
                transports.append(transport)
                transport.add_server_key(box.key)
                transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Files)
                with suppress(paramiko.SSHException, EOFError):
                    transport.start_server(server=Door(box))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield box
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            for transport in transports:
                transport.close()
            thread.join(5)
