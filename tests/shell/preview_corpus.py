"""Scripts whose previews must show what a real run does, and the project they are run in. Traps included."""

import os
from pathlib import Path

SCRIPTS: dict[str, str] = {
    "nothing": ":",
    "prints": "echo hello; echo bad >&2; exit 3",
    "creates": "echo new > new.txt",
    "creates empty": ": > empty",
    "creates deep": "mkdir -p a/b/c; echo x > a/b/c/d.txt",
    "appends": "echo more >> a.txt",
    "overwrites": "echo other > a.txt",
    "overwrites with the same": "printf 'one\\ntwo\\n' > a.txt",
    "truncates": ": > a.txt",
    "deletes": "rm a.txt",
    "deletes a folder": "rm -rf sub",
    "deletes all": "rm -rf ./*",
    "deletes a folder and makes it again": "rm -rf sub; mkdir sub; echo only > sub/only",
    "moves": "mv a.txt b.txt",
    "moves into a folder": "mv a.txt sub/",
    "moves over another": "mv a.txt sub/one.txt",
    "renames a folder": "mv sub bus",
    "renames a folder by a program": 'python3 -c \'import os; os.rename("sub", "bus")\'',
    "swaps two files": "mv a.txt t; mv run.sh a.txt; mv t run.sh",
    "copies": "cp a.txt copy.txt; cp -a sub again",
    "changes a mode": "chmod 755 a.txt",
    "changes a mode and back": "chmod 755 a.txt; chmod 644 a.txt",
    "changes a folder's mode": "chmod 700 sub",
    "closes a new folder": "mkdir shut; echo x > shut/x; chmod 500 shut",
    "links": "ln -s a.txt link2",
    "retargets a link": "ln -sfn sub/one.txt link",
    "writes through a link": "echo through >> link",
    "replaces a link by a file": "rm link; echo file > link",
    "replaces a file by a folder": "rm a.txt; mkdir a.txt; echo x > a.txt/x",
    "replaces a folder by a file": "rm -rf sub; echo file > sub",
    "replaces a folder by a link": "rm -rf sub; ln -s a.txt sub",
    "a dangling link": "ln -s nowhere lost",
    "an absolute link": 'ln -s "$PWD/a.txt" absolute',
    "writes by absolute path": 'echo absolute >> "$PWD/a.txt"',
    "hard links": "ln a.txt hard; echo more >> hard",
    "writes to one of two hard links": "echo more >> twin1",
    "touches": "touch -d '2001-01-01 00:00:00' a.txt",
    "edits in place": "sed -i s/one/1/ a.txt",
    "edits in place, nothing found": "sed -i s/nothing/1/ a.txt",
    "writes bytes": "printf '\\000\\377\\001' > bytes.bin",
    "changes bytes": "printf '\\377' >> data.bin",
    "CRLF": "printf 'a\\r\\nb\\r\\n' > crlf.txt",
    "no newline at the end": "printf tail >> a.txt",
    "a large file": "head -c 3000000 /dev/zero > zeros",
    "many files": "for i in $(seq 200); do echo $i > f$i; done",
    "a sparse file": "truncate -s 1M sparse",
    "names with spaces": "echo x > 'a b c'; mkdir ' lead'; echo y > ' lead/ x '",
    "names with line breaks": "echo x > $'two\\nlines'",
    "names that are no UTF-8": "echo x > $'\\377\\376'",
    "names with dashes": "echo x > ./-rf; echo y > ./--help",
    "long names": "echo x > $(printf 'n%.0s' $(seq 200))",
    "hidden files": "echo x > .hidden; mkdir .dir; echo y > .dir/z",
    "ignored files": "mkdir build; echo o > build/out.o",
    "names of overlays": "echo x > .wh.a.txt; mkdir .wh..wh..opq",
    "a named pipe": "mkfifo pipe",
    "a temporary file that is gone": "echo x > t; rm t",
    "creates and deletes a folder": "mkdir t; touch t/x; rm -r t",
    "eval": "eval \"$(echo 'cm0gYS50eHQ=' | base64 -d)\"",
    "a function named as a tool": "ls() { rm -f a.txt; }; ls",
    "a command from parts": "r=r; m=m; $r$m a.txt",
    "a trap at the end": "trap 'echo late > late.txt' EXIT",
    "a child that lives on": "(sleep 0.1; echo child > child.txt) & sleep 0.3",
    "ended by a signal": "echo before > before.txt; kill -9 $$; echo after > after.txt",
    "fails in the middle": "set -e; echo one > one.out; false; echo two > two.out",
    "goes out by dots": "echo x > ../outside.txt 2>/dev/null || true; echo in > in.txt",
    "goes out by a link": "echo x > outlink/evil 2>/dev/null; echo in > in.txt",
    "writes to the home folder": 'echo x > "$HOME/secret-plan" 2>/dev/null; echo in > in.txt',
    "writes to the temp folder": "t=$(mktemp); echo x > $t; cp $t from-temp; rm $t",
    "the network": "(exec 3<>/dev/tcp/192.0.2.1/9) 2>/dev/null || echo no network > net.txt",
    "a program in Python": "python3 - <<'P'\nimport json\njson.dump([1], open('j.json', 'w'))\nP",
    "an archive": "tar cf sub.tar sub; mkdir out; tar xf sub.tar -C out; rm sub.tar",
    "git writes": "echo x >> .git/config; echo y > .git/description",
    "changes folder and back": "cd sub; echo s > s.txt; cd ..; echo p > p.txt",
    "a umask": "umask 077; echo x > private.txt; mkdir private",
    "set-user-id": "cp run.sh suid; chmod 4755 suid",
}


def make_project(root: Path) -> None:
    """The project: text, bytes, folders, links, hard links, a repository; beside it a folder outside."""
    outside = root.parent / "beside"
    outside.mkdir(parents=True)
    root.mkdir()
    (root / "a.txt").write_text("one\ntwo\n")
    (root / "data.bin").write_bytes(bytes(range(256)))
    (root / "run.sh").write_text("echo run\n")
    (root / "run.sh").chmod(0o755)
    (root / "sub" / "deep").mkdir(parents=True)
    (root / "sub" / "one.txt").write_text("1\n")
    (root / "sub" / "deep" / "two.txt").write_text("2\n")
    (root / "empty-folder").mkdir()
    (root / "link").symlink_to("a.txt")
    (root / "outlink").symlink_to(outside)
    (root / ".gitignore").write_text("build\n")
    (root / ".git" / "hooks").mkdir(parents=True)
    (root / ".git" / "config").write_text("[core]\n\tbare = false\n")
    for path in sorted(root.rglob("*")):
        os.utime(path, ns=(1_700_000_000_000_000_000,) * 2, follow_symlinks=False)


def add_twins(root: Path) -> None:
    """Two names of one file: what an overlay cannot show as it is."""
    (root / "twin1").write_text("twins\n")
    (root / "twin2").hardlink_to(root / "twin1")
