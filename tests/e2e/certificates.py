"""A certificate authority for tests, made with the openssl command."""

import datetime
import pathlib
import subprocess

DEADLINE = 60


def _openssl(*args):
    done = subprocess.run(["openssl", *[str(a) for a in args]], capture_output=True, text=True, timeout=DEADLINE)
    assert done.returncode == 0, done.stderr


def _utc(when):
    return when.strftime("%Y%m%d%H%M%SZ")


class Authority:
    def __init__(self, directory, name="test"):
        self.directory = pathlib.Path(directory) / f"ca-{name}"
        self.directory.mkdir()
        self.file = self.directory / "ca.crt"
        self._key = self.directory / "ca.key"
        (self.directory / "index.txt").write_text("")
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                 f"/CN={name} authority", "-keyout", self._key, "-out", self.file)

    def issue(self, folder, names, life=datetime.timedelta(days=1), since=datetime.timedelta(hours=-1)):
        """Writes tls.crt, tls.key and ca.crt into the folder, key and certificate each at once. `names`: as
        "DNS:portcullis-edge" or "URI:spiffe://..."; times from now."""
        folder = pathlib.Path(folder)
        folder.mkdir(exist_ok=True)
        config = self.directory / "issue.cnf"
        config.write_text(f"""\
[ca]
default_ca = this
[this]
database = {self.directory}/index.txt
new_certs_dir = {self.directory}
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
[leaf]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = {", ".join(names)}
""")
        request, key, certificate = self.directory / "new.csr", self.directory / "new.key", self.directory / "new.crt"
        _openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=leaf",
                 "-keyout", key, "-out", request)
        now = datetime.datetime.now(datetime.timezone.utc)
        _openssl("ca", "-batch", "-config", config, "-extensions", "leaf", "-notext", "-cert", self.file, "-keyfile",
                 self._key, "-startdate", _utc(now + since), "-enddate", _utc(now + life), "-in", request, "-out",
                 certificate)
        for made, name in ((key, "tls.key"), (certificate, "tls.crt")):
            made.replace(folder / name)
        (folder / "ca.crt").write_bytes(self.file.read_bytes())
        return folder


def flags(folder):
    return ["--tls-certificate", folder / "tls.crt", "--tls-key", folder / "tls.key", "--tls-ca", folder / "ca.crt"]


def flags_of_all(authority):
    """A certificate for each service, from the authority: the flags to start each with, by its name."""
    folders = {name: authority.directory / name for name in ("edge", "policy", "router", "audit")}
    return {name: flags(authority.issue(folder, [f"DNS:portcullis-{name}"])) for name, folder in folders.items()}
