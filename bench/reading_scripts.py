"""Scripts as a model writes them, as long as one likes: what `bench/reading.py` has read."""

POSIX_HEAD = ("#!/usr/bin/env bash", "set -euo pipefail")
POSIX = """\
cp src/mod_@.py build/mod_@.py
mkdir -p build/dir_@
echo "step @ of $TOTAL"
grep -n TODO src/mod_@.py | head -5 > out/@.txt
if [ -f src/a_@.c ]; then
  gcc -c src/a_@.c -o build/a_@.o
else
  touch build/a_@.o
fi
rm -f build/tmp_@.txt
NAME_@=value@
sed -i 's/a/b/' "src/$NAME_1/file_@.txt"
# a remark about step @
for f in src/*.@; do
  mv "$f" "out/${f##*/}"
done
git add src/mod_@.py
python3 tools/check.py --step @
curl -fsS https://example.org/@.json -o data/@.json
case "$1" in a) ls a_@ ;; *) ls b ;; esac
"""
POWERSHELL = r"""Copy-Item src\mod_@.py build\mod_@.py
New-Item -ItemType Directory -Force build\dir_@ | Out-Null
Write-Host "step @ of $total"
Get-ChildItem src -Filter *.@ | Where-Object { $_.Length -gt 10 } | ForEach-Object { $_.Name }
if (Test-Path src\a_@.c) {
    & gcc -c src\a_@.c -o build\a_@.o
} else {
    Set-Content -Path build\a_@.o -Value ''
}
Remove-Item -Force build\tmp_@.txt
$name_@ = 'value@'
(Get-Content src\f_@.txt) -replace 'a', 'b' | Set-Content src\f_@.txt
# a remark about step @
foreach ($f in Get-ChildItem src\*.@) {
    Move-Item $f.FullName "out\$($f.Name)"
}
git add src\mod_@.py
python tools\check.py --step @
Invoke-WebRequest https://example.org/@.json -OutFile data\@.json
$x_@ = @{ a = 1; b = @ }
"""
PYTHON_HEAD = (
    "import json, os, shutil, subprocess",
    "from pathlib import Path",
    "import requests",
    "total = 1",
)
PYTHON = """\
shutil.copy('src/mod_@.py', 'build/mod_@.py')
os.makedirs('build/dir_@', exist_ok=True)
print(f'step @ of {total}')
for path in Path('src').glob('*.@'):
    if path.stat().st_size > 10:
        path.rename(Path('out') / path.name)
subprocess.run(['gcc', '-c', 'src/a_@.c', '-o', 'build/a_@.o'], check=True)
Path('build/a_@.o').write_text('')
os.remove('build/tmp_@.txt')
name_@ = 'value@'
# a remark
def work_@(a, b):
    total = a + b * @
    with open(f'data/{name_@}.json') as f:
        data = json.load(f)
    return [x for x in data if x['n'] > total]

requests.get('https://example.org/@.json')
values_@ = {'a': 1, 'b': @}
work_@(1, 2)
"""
_WRITTEN = {"posix": (POSIX_HEAD, POSIX), "powershell": ((), POWERSHELL), "python": (PYTHON_HEAD, PYTHON)}


def script(language: str, lines: int) -> str:
    """A script of about so many lines, none of its blocks left open."""
    head, piece = _WRITTEN[language]
    each = piece.count("\n")
    count = max(0, (lines - len(head)) // each)
    return "".join(line + "\n" for line in head) + "".join(piece.replace("@", str(n)) for n in range(count))
