#!/usr/bin/env python3
"""The Debian package: what is in it, and install, upgrade, removal and purge in a root of its own."""
import os
import pathlib
import re
import shutil
import stat
import subprocess

from flow import HEIYAN, ROOT, Skip, main



def package():
    """Made of the program under test; where it lies."""
    if not shutil.which("dpkg-shlibdeps"):
        raise Skip("dpkg-dev is not installed")
    out = pathlib.Path("deb").absolute()
    made = subprocess.run([ROOT / "scripts" / "package_deb", HEIYAN, out], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return pathlib.Path(made.stdout.splitlines()[-1])


def deb(*arguments):
    return subprocess.run(["dpkg-deb", *map(str, arguments)], capture_output=True, text=True, check=True).stdout


def contents():
    made = package()
    version = (ROOT / "VERSION").read_text().strip()
    assert made.name.startswith(f"heiyan_{version}_") and made.name.endswith(".deb"), made
    fields = dict(re.findall(r"^([A-Z][\w-]+): (.*)$", deb("-f", made), re.M))
    assert fields["Package"] == "heiyan" and fields["Version"] == version, fields
    for library in ("libavformat59", "libmosquitto1", "libcurl4", "libsodium23", "libc6"):
        assert re.search(rf"\b{library}\b", fields["Depends"]), fields["Depends"]
    rows = {}
    for line in deb("-c", made).splitlines():
        mode, owner, *_, name = line.split()
        rows[name] = (mode, owner)
    assert rows["./usr/bin/heiyan"][0] == "-rwxr-xr-x" and rows["./etc/heiyan/site.yaml"][0] == "-rw-r-----", rows
    assert {"./lib/systemd/system/heiyan.service", "./usr/share/doc/heiyan/README.md",
            "./usr/share/doc/heiyan/copyright"} <= set(rows), rows
    assert {owner for _, owner in rows.values()} == {"root/root"}, rows
    assert deb("-I", made, "conffiles") == "/etc/heiyan/site.yaml\n"
    for script in ("postinst", "prerm", "postrm"):
        subprocess.run(["sh", "-n"], input=deb("-I", made, script), text=True, check=True)
    subprocess.run(["dpkg-deb", "-x", made, "tree"], check=True)
    for command in (["--version"], ["check", "-c", "tree/etc/heiyan/site.yaml"]):
        subprocess.run(["tree/usr/bin/heiyan", *command], check=True, capture_output=True)
    assert subprocess.run(["md5sum", "-c", "--quiet", "--strict"], input=deb("-I", made, "md5sums"), text=True,
                          cwd="tree", check=False).returncode == 0
    if shutil.which("systemd-analyze"):
        unit = pathlib.Path("tree/lib/systemd/system/heiyan.service").read_text()
        pathlib.Path("heiyan.service").write_text(unit.replace("/usr/bin/heiyan", "/bin/true"))
        checked = subprocess.run(["systemd-analyze", "verify", "./heiyan.service"], capture_output=True, text=True, check=False)
        assert "heiyan.service" not in checked.stderr, checked.stderr


def same_bytes_twice():
    first = package().read_bytes()
    shutil.rmtree("deb")
    assert package().read_bytes() == first


def dpkg(*arguments):
    done = subprocess.run(["dpkg", f"--root={os.getcwd()}/root", "--force-depends", "--force-script-chrootless", "--force-confdef",
                           "--force-confold", *map(str, arguments)], capture_output=True, text=True, check=False,
                          env={**os.environ, "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def next_version(made):
    """The same package, one version later, with other example settings."""
    subprocess.run(["dpkg-deb", "-R", made, "later"], check=True)
    control = pathlib.Path("later/DEBIAN/control")
    control.write_text(re.sub(r"^Version: .*$", "Version: 99.0", control.read_text(), flags=re.M))
    settings = pathlib.Path("later/etc/heiyan/site.yaml")
    settings.write_text(settings.read_text() + "# new in 99\n")
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", "later", "later.deb"], check=True, capture_output=True)
    return "later.deb"


def install_upgrade_remove_purge():
    if os.getuid() != 0:
        raise Skip("dpkg needs root")
    made = package()
    for folder in ("info", "updates", "triggers"):
        pathlib.Path("root/var/lib/dpkg", folder).mkdir(parents=True)
    pathlib.Path("root/var/lib/dpkg/status").touch()
    root, settings = pathlib.Path("root"), pathlib.Path("root/etc/heiyan/site.yaml")
    assert "systemctl enable --now heiyan" in dpkg("-i", made)
    assert stat.S_IMODE(settings.stat().st_mode) == 0o640
    settings.write_text("cameras: [{id: mine, host: 192.0.2.1, password: mine}]\n")
    evidence = root / "var/lib/heiyan/evidence/2026-11-23/record.json"
    evidence.parent.mkdir(parents=True)
    evidence.write_text("{}")
    said = dpkg("-i", next_version(made))
    assert "enable --now" not in said, said
    assert "mine" in settings.read_text() and evidence.exists()
    assert pathlib.Path("root/etc/heiyan/site.yaml.dpkg-dist").read_text().endswith("# new in 99\n")
    assert "stay" in dpkg("-r", "heiyan")
    assert not (root / "usr/bin/heiyan").exists() and not (root / "lib/systemd/system/heiyan.service").exists()
    assert "mine" in settings.read_text() and evidence.exists()
    dpkg("-i", made)
    assert "mine" in settings.read_text()
    said = dpkg("-P", "heiyan")
    assert "evidence and signing key stay in /var/lib/heiyan" in said, said
    assert evidence.exists() and not settings.exists()


main("package", [contents, same_bytes_twice, install_upgrade_remove_purge])
