"""What the names of Python's library stand for: functions, methods and modules, and what each of them does.

Source: the library reference of Python 3.11 to 3.14.
"""

from collections.abc import Mapping
from functools import cache

from copilot.shell.reading.names import names
from copilot.vocabulary.readings import Effect

_CALLS: tuple[tuple[str, Effect, str], ...] = (
    (
        """os.remove os.unlink os.rmdir os.removedirs shutil.rmtree pathlib.Path.unlink pathlib.Path.rmdir""",
        "deletes",
        "",
    ),
    (
        """os.mkdir os.makedirs os.chmod os.chown os.truncate os.utime os.mkfifo os.link os.symlink
        shutil.chown shutil.make_archive shutil.unpack_archive tempfile.mkstemp tempfile.mkdtemp""",
        "writes",
        "",
    ),
    (
        """os.listdir os.scandir os.walk os.stat os.lstat os.readlink os.path.exists os.path.getsize glob.glob
        glob.iglob os.access os.path.isfile os.path.isdir linecache.getline fileinput.input tomllib.load""",
        "reads",
        "",
    ),
    (
        """os.fork os.kill os.killpg os.abort signal.signal ctypes.CDLL ctypes.cdll importlib.import_module
        runpy.run_path runpy.run_module code.interact pty.spawn os.dup2 multiprocessing.Process
        sys.settrace sys.addaudithook atexit.register os.putenv os.unsetenv gc.get_objects timeit.timeit
        timeit.repeat timeit.Timer logging.config.dictConfig logging.config.fileConfig""",
        "unknown",
        "It can run other code.",
    ),
    ("os.setuid os.setgid os.seteuid os.chroot", "privilege", "It changes its rights."),
    ("webbrowser.open", "network", "It opens an address."),
)
NETWORK = names("""
    socket urllib http ftplib smtplib imaplib poplib telnetlib xmlrpc ssl requests httpx httpx2 aiohttp
    urllib3 paramiko boto3 websockets websocket socketserver asyncio.open_connection grpc ftputil pycurl
    fabric
    """)
_COMPUTING = names("""
    math cmath re json string textwrap datetime time calendar collections itertools functools operator
    random statistics decimal fractions numbers typing dataclasses enum abc copy pprint reprlib heapq
    bisect array types contextlib unicodedata difflib hashlib hmac base64 binascii struct zlib secrets
    uuid argparse sys traceback warnings logging platform locale csv io __future__ ast keyword token
    inspect html colorsys graphlib zoneinfo timeit weakref errno stat fnmatch posixpath ntpath
    """)
_FILES = names("""
    os shutil pathlib glob tempfile fileinput tomllib zipfile tarfile gzip bz2 lzma configparser
    """)
METHODS: Mapping[str, Effect] = {
    "write_text": "writes",
    "write_bytes": "writes",
    "mkdir": "writes",
    "touch": "writes",
    "symlink_to": "writes",
    "hardlink_to": "writes",
    "chmod": "writes",
    "unlink": "deletes",
    "rmdir": "deletes",
    "rmtree": "deletes",
    "read_text": "reads",
    "read_bytes": "reads",
    "iterdir": "reads",
    "rglob": "reads",
    "extractall": "writes",
    "extract": "writes",
    "sendall": "network",
    "connect": "network",
}
"""Methods by their own names: what they are called on is seldom known."""

_RUNNERS = names("""
    subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.Popen
    subprocess.getoutput subprocess.getstatusoutput os.system os.popen asyncio.create_subprocess_shell
    asyncio.create_subprocess_exec commands.getoutput
    """)
MOVES = names("""
    shutil.copy shutil.copy2 shutil.copyfile shutil.copytree os.replace os.rename shutil.move
    """)
"""Functions of two places: from the first, into the second."""

EVALUATES = names("""
    eval exec compile __import__ getattr setattr globals vars locals breakpoint operator.methodcaller
    operator.attrgetter
    """)
OPENS = names("open io.open os.open gzip.open codecs.open")

_STARTS = ("os.exec", "os.spawn", "os.posix_spawn")


@cache
def functions() -> Mapping[str, tuple[Effect, str]]:
    """What a function does, and why that is to be asked about."""
    return {name: (effect, why) for names, effect, why in _CALLS for name in names.split()}


def runs(name: str) -> bool:
    """Whether a function of this name runs another program."""
    return name in _RUNNERS or name.startswith(_STARTS)


def acts(name: str) -> bool:
    """Whether a function of this name does more than compute."""
    return name in EVALUATES or name in OPENS or name in functions() or runs(name)


def is_read(module: str) -> bool:
    """Whether what a module does is known by what is called of it."""
    return module in _COMPUTING or module in _FILES or module in ("subprocess", "asyncio")
