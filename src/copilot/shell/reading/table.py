"""What ordinary commands do with their operands, and which options take a value.

Sources: POSIX.1-2024 (utilities), the manuals of GNU coreutils, findutils, grep, gzip and util-linux, of
OpenSSH, curl and wget; for package managers their own command references.
"""

from collections.abc import Mapping
from functools import cache

from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.readings import Effect


@frozen(kw_only=False)
class Rule:
    """`operands`: what happens to the files named. `last`: what happens to the last one instead.

    `skip`: operands before the first file (a pattern, a mode). `also`: further effects. `valued`: the options
    whose next word is their value. `why`: a sentence. `runs`: the options that name a command to run.
    `written`: the options that name a file or folder to write.
    """

    operands: Effect | None = None
    last: Effect | None = None
    skip: int = 0
    also: tuple[Effect, ...] = ()
    valued: frozenset[str] = frozenset()
    why: str = ""
    runs: tuple[str, ...] = ()
    written: tuple[str, ...] = ()

    @property
    def letters(self) -> str:
        """The letters that take a value."""
        return "".join(one[1] for one in (*self.valued, *self.written) if len(one) == 2)


_COMPUTES = """
    : true false echo printf sleep seq expr factor bc date cal id whoami who uname pwd
    basename dirname arch nproc tty logname groups getconf locale tput hash times umask ulimit wait jobs
    return exit break continue shift set shopt type which whereis getopts uptime free yes clear reset
    numfmt sum ps pgrep printenv caller dirs compgen complete bg fg suspend logout disown local declare
    typeset export readonly unset let mapfile readarray read alias unalias history nologin tabs
"""
_READS = """
    cat tac head tail more less wc ls dir vdir stat file cmp diff diff3 comm join paste cut tr sort
    nl od hexdump strings fold fmt expand unexpand column rev md5sum sha1sum sha224sum sha256sum
    sha384sum sha512sum b2sum cksum md5 shasum base64 base32 basenc readlink realpath tree du df pathchk
    test [ [[ tsort ptx pr shuf zcat bzcat xzcat zgrep look lsof mountpoint namei getfacl nm objdump
    readelf size cloc tokei bat eza exa glow jq grep egrep fgrep ag ack fd fdfind locate mlocate
"""
_SKIPS = {
    "grep": 1,
    "egrep": 1,
    "fgrep": 1,
    "zgrep": 1,
    "ag": 1,
    "ack": 1,
    "jq": 1,
    "tr": 9,
    "fd": 1,
    "fdfind": 1,
    "look": 1,
}
_RUNS = {
    "ack": "--pager",
    "ag": "--pager",
    "bat": "--pager",
    "cloc": "--extract-with",
    "compgen": "-C -F -W",
    "complete": "-C -F -W",
    "fd": "-x --exec -X --exec-batch",
    "fdfind": "-x --exec -X --exec-batch",
    "hash": "-p",
    "mapfile": "-C",
    "readarray": "-C",
}
"""Options by which a command that only reads or computes runs another one (their manuals; bash: Builtins)."""
_VALUED = {
    "head": "-n -c --lines --bytes",
    "tail": "-n -c --lines --bytes",
    "cut": "-d -f -c -b",
    "grep": "-A -B -C -m -d -D",
    "egrep": "-A -B -C -m",
    "sort": "-k -t -S -T",
    "od": "-A -j -N -t -w",
    "tree": "-L -I -P",
    "du": "-d",
    "nl": "-b -s -w -v",
    "paste": "-d",
    "column": "-s -t",
    "base64": "-w",
    "wc": "",
}
_OTHERS: Mapping[str, Rule] = {
    "touch": Rule("writes", valued=frozenset({"-d", "-t", "-r"})),
    "mkdir": Rule("writes", valued=frozenset({"-m", "--mode"})),
    "mkfifo": Rule("writes", valued=frozenset({"-m"})),
    "mknod": Rule("writes", valued=frozenset({"-m"})),
    "mktemp": Rule("writes", valued=frozenset({"-p"}), why="It makes a new temporary file."),
    "truncate": Rule("writes", valued=frozenset({"-s", "-r", "--size"})),
    "tee": Rule("writes"),
    "chmod": Rule("writes", skip=1),
    "chown": Rule("writes", skip=1),
    "chgrp": Rule("writes", skip=1),
    "chattr": Rule("writes", skip=1),
    "setfacl": Rule("writes", skip=0, valued=frozenset({"-m", "-x"})),
    "cp": Rule("reads", last="writes", valued=frozenset({"-S"})),
    "mv": Rule(
        "deletes", last="writes", valued=frozenset({"-S"}), why="What is moved is gone from its place."
    ),
    "ln": Rule("reads", last="writes"),
    "link": Rule("reads", last="writes"),
    "install": Rule("reads", last="writes", valued=frozenset({"-m", "-o", "-g"})),
    "split": Rule(
        "reads",
        also=("writes",),
        valued=frozenset({"-a", "-b", "-C", "-l", "-n", "-t"}),
        runs=("--filter",),
    ),
    "csplit": Rule("reads", also=("writes",)),
    "shuf": Rule("reads", valued=frozenset({"-i", "-n"}), written=("-o", "--output")),
    "patch": Rule("writes", also=("writes",), why="It changes the files that the patch names."),
    "rm": Rule("deletes"),
    "rmdir": Rule("deletes"),
    "unlink": Rule("deletes"),
    "shred": Rule("deletes", valued=frozenset({"-n", "-s"})),
    "gzip": Rule("writes", also=("deletes",)),
    "gunzip": Rule("writes", also=("deletes",)),
    "bzip2": Rule("writes", also=("deletes",)),
    "bunzip2": Rule("writes", also=("deletes",)),
    "xz": Rule("writes", also=("deletes",)),
    "unxz": Rule("writes", also=("deletes",)),
    "zstd": Rule("writes"),
    "zip": Rule("writes", why="It writes an archive.", runs=("-TT", "--unzip-command")),
    "unzip": Rule("reads", also=("writes",), why="It writes what the archive holds.", written=("-d",)),
    "7z": Rule("writes", skip=1),
    "mkfs": Rule("deletes", also=("privilege",)),
    "sync": Rule(),
}
_BY_EFFECT: tuple[tuple[str, tuple[Effect, ...], str], ...] = (
    (
        "ssh scp sftp ftp lftp telnet nc ncat netcat socat ping ping6 traceroute tracepath mtr nmap openssl",
        ("network", "unknown"),
        "What happens at the other end cannot be told.",
    ),
    (
        "dig host nslookup whois drill getent",
        ("network",),
        "Names that are looked up reach foreign servers.",
    ),
    (
        "apt apt-get aptitude dnf yum zypper pacman apk brew port snap flatpak choco winget scoop dpkg rpm",
        ("installs", "network", "unknown"),
        "A package runs programs of its own when it is installed.",
    ),
    (
        "mount umount losetup swapon fdisk parted mkswap modprobe insmod rmmod sysctl iptables nft ufw",
        ("privilege", "unknown"),
        "It changes the system.",
    ),
    (
        "useradd userdel usermod groupadd groupdel passwd chpasswd visudo chsh setcap su pkexec runas gsudo",
        ("privilege", "unknown"),
        "It changes accounts or rights.",
    ),
    (
        "systemctl service launchctl initctl shutdown reboot halt poweroff init crontab at batch",
        ("privilege", "unknown"),
        "It changes what runs on this machine, now or later.",
    ),
    ("kill pkill killall xkill skill", ("unknown",), "It ends processes."),
    ("ldd", ("reads", "unknown"), "It may start the program that it looks at."),
    ("rename", ("writes", "unknown"), "It may be the rename whose expression is a program."),
    ("dc", ("unknown",), "A line of dc that begins with ! runs a command."),
    (
        """docker podman kubectl helm terraform ansible ansible-playbook vagrant aws gcloud az gh glab heroku
        vercel""",
        ("network", "unknown"),
        "What it does is decided elsewhere.",
    ),
)


@cache
def rules() -> Mapping[str, Rule]:
    """Every command of the table by name."""
    found = {name: Rule() for name in _COMPUTES.split()}
    for name in _READS.split():
        valued = frozenset(_VALUED.get(name, "").split())
        found[name] = Rule("reads", skip=_SKIPS.get(name, 0), valued=valued)
    for name, options in _RUNS.items():
        found[name] = replace(found[name], runs=tuple(options.split()))
    for names, also, why in _BY_EFFECT:
        found |= {name: Rule(also=also, why=why) for name in names.split()}
    return found | dict(_OTHERS)
