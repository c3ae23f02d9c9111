"""A throw-away sshd on 127.0.0.1 with its own host key, user key and config; nothing of the system's ssh is touched.

    with LoopbackSshd(tmp_path) as host:
        run(host.command("reviewtui ls ."))

Needs the Debian packages openssh-server and openssh-client.
"""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType

HOST = "127.0.0.1"
START_LIMIT_S = 15.0


def free_port() -> int:
    """A TCP port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class LoopbackSshd:
    """The server; keys, config and log lie in `folder`.

    Args:
        folder: An empty or new folder of this server's own.
        accept_env: Variables that the server takes over; the default is Debian's, so COLORTERM is not among them.
    """

    def __init__(self, folder: Path, accept_env: str = "LANG LC_*") -> None:
        self.folder = folder
        self.port = free_port()
        self._accept_env = accept_env
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> LoopbackSshd:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start and wait until it listens.

        Raises:
            RuntimeError: It does not come up; the text is its log.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        for name in ("host_key", "user_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / name)], check=True)
        authorized = self.folder / "authorized_keys"
        authorized.write_bytes((self.folder / "user_key.pub").read_bytes())
        authorized.chmod(0o600)
        config = self.folder / "sshd_config"
        config.write_text(self._config(), encoding="utf-8")
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # sshd insists on it when root starts it
        path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
        sshd = shutil.which("sshd", path=path)
        if sshd is None:
            raise RuntimeError("no sshd; apt-get install openssh-server")
        log = self.folder / "sshd.log"
        self._process = subprocess.Popen([sshd, "-D", "-f", str(config), "-E", str(log)], stdin=subprocess.DEVNULL)
        self._wait_listening(log)

    def _config(self) -> str:
        return (
            f"Port {self.port}\nListenAddress {HOST}\nHostKey {self.folder}/host_key\n"
            f"AuthorizedKeysFile {self.folder}/authorized_keys\nPidFile none\nStrictModes no\nUsePAM no\n"
            f"PasswordAuthentication no\nPermitRootLogin prohibit-password\nAcceptEnv {self._accept_env}\n"
        )

    def _wait_listening(self, log: Path) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex((HOST, self.port)) == 0:
                    return
            time.sleep(0.02)
        self.stop()
        raise RuntimeError(f"sshd did not start: {log.read_text(encoding='utf-8') if log.exists() else 'no log'}")

    def command(
        self, remote: str, *, tty: bool = True, port: int | None = None, env: dict[str, str] | None = None
    ) -> list[str]:
        """The ssh call that runs `remote` (a line for the shell) on this host.

        Args:
            remote: Shell line.
            tty: Whether it gets a terminal there.
            port: Another port that leads here, such as a slow link's.
            env: Variables set for `remote`.
        """
        if env:
            words = " ".join(f"{name}={shlex.quote(value)}" for name, value in env.items())
            remote = f"export {words}; {remote}"
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "IdentitiesOnly=yes"]
        call = ["ssh", "-F", "none", "-tt" if tty else "-T", "-p", str(port or self.port)]
        call += ["-i", str(self.folder / "user_key")]
        for option in options:
            call += ["-o", option]
        return [*call, f"{getpass.getuser()}@{HOST}", remote]

    def stop(self) -> None:
        """Stop listening; sessions that are open go on until their clients leave."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=10)
            self._process = None
